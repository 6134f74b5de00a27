import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, freePort } from './postgres-server.ts';

const script = join(dirname(fileURLToPath(import.meta.url)), '../../scripts/mysql-servers.sh');

/** What makes a MariaDB the first member of a cluster. The library is fetched on first use. */
export async function galeraSettings(): Promise<string[]> {
  const folder = join(cacheFolder, 'galera-4');
  execFileSync(script, ['fetch', 'galera', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  const port = await freePort();
  return [
    '--wsrep-on=ON',
    `--wsrep-provider=${join(folder, 'libgalera_smm.so')}`,
    `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${port}`,
    '--wsrep-cluster-address=gcomm://',
    '--wsrep-node-address=127.0.0.1',
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
  ];
}
