import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../src/model/engine-name.ts';
import { freePort, temporaryFolder } from '../test/support/postgres-server.ts';
import { type Scene, scenes } from './scenes.ts';

/**
 * `make demo`: a real server with a shop and its workload, and `dbintel standalone` looking at it.
 * ENGINE=postgres|mysql|mariadb; ONCE=1 ends after two cycles.
 */
const here = dirname(fileURLToPath(import.meta.url));
const twoCycles = process.env['ONCE'] === '1';
const engine = (process.env['ENGINE'] || 'postgres') as EngineName;
if (!Object.hasOwn(scenes, engine))
  throw new Error(`ENGINE=${engine} is none of ${Object.keys(scenes).join(', ')}`);
const folder = temporaryFolder('demo');
const password = 'only-for-the-demo';

let scene: Scene | undefined;
let exitCode = 1;
try {
  scene = await scenes[engine](password);
  console.log(scene.headline);
  writeManifests(scene);
  // something for the statistics to count
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  exitCode = await standalone();
  if (exitCode === 0 && scene.plansElsewhere) await advice();
} finally {
  await scene?.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = exitCode;

function writeManifests({ port, connection }: Scene): void {
  mkdirSync(join(folder, 'targets'));
  const own = connection.map((line) => `${line}\n`).join('');
  const manifest = `apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: shop, namespace: demo }
spec:
  engine: ${engine}
  connection:
    host: 127.0.0.1
    port: ${port}
${own}    credentials: { secretRef: { name: shop-dbintel } }
    tls: { mode: disable }        # loopback only; everywhere else verify-full is the default
  databases: { include: [shop] }
  collection: { interval: 10s, maxQueriesPerCycle: 12 }
  safety: { explains: { perSecond: 2, burst: 30 }, databaseTimeBurst: 5s }
---
apiVersion: v1
kind: Secret
metadata: { name: shop-dbintel, namespace: demo }
stringData: { username: dbintel, password: ${password} }
`;
  writeFileSync(join(folder, 'targets/shop.yaml'), manifest, { mode: 0o600 });
}

async function standalone(): Promise<number> {
  const address = `127.0.0.1:${process.env['PORT'] ?? (await freePort())}`;
  const args = [
    'standalone',
    '--print',
    '--targets',
    join(folder, 'targets'),
    '--data',
    join(folder, 'data'),
    '--api',
    address,
    '--probes',
    `127.0.0.1:${await freePort()}`,
    ...(twoCycles ? ['--cycles', '2'] : []),
  ];
  const child = spawn(join(here, '../bin/dbintel'), args, { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGINT', () => undefined).on('SIGTERM', passOn); // the terminal sends SIGINT to both
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** Of what has been collected, while its server is there. Nothing of it is built here. */
async function advice(): Promise<void> {
  console.log('\n$ dbintel advise shop.yaml');
  const args = ['advise', join(folder, 'targets/shop.yaml'), '--data', join(folder, 'data')];
  const child = spawn(join(here, '../bin/dbintel'), args, { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  if (code === null) console.log(`it was ended by ${signal}`);
}
