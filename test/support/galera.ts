import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, freePort } from './postgres-server.ts';

const script = join(dirname(fileURLToPath(import.meta.url)), '../../scripts/mysql-servers.sh');

/**
 * What makes a MariaDB a member of a cluster; without `of`, its first. One that joins must have the
 * first one's data already. The library is fetched on first use.
 */
export async function galeraMember(of = ''): Promise<{ settings: string[]; address: string }> {
  const folder = join(cacheFolder, 'galera-4');
  execFileSync(script, ['fetch', 'galera', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  const address = async () => `127.0.0.1:${await freePort()}`;
  const own = await address();
  const settings = [
    '--wsrep-on=ON',
    `--wsrep-provider=${join(folder, 'libgalera_smm.so')}`,
    `--wsrep-provider-options=gmcast.listen_addr=tcp://${own};ist.recv_addr=${await address()}`,
    `--wsrep-cluster-address=gcomm://${of}`,
    '--wsrep-node-address=127.0.0.1',
    '--wsrep-sst-method=skip',
    `--wsrep-sst-receive-address=${await address()}`,
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
  ];
  return { settings, address: own };
}
