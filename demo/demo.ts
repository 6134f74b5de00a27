import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../src/model/engine-name.ts';
import { freePort, temporaryFolder } from '../test/support/postgres-server.ts';
import { adviseAndApply, cyclesAfter } from './advice.ts';
import { type Scene, scenes } from './scenes.ts';

/**
 * `make demo`: a real server with a shop and its workload, `dbintel standalone` looking at it, and
 * an index that it advises, built. ENGINE=postgres|mysql|mariadb; ONCE=1 ends by itself.
 */
const here = dirname(fileURLToPath(import.meta.url));
const once = process.env['ONCE'] === '1';
const engine = (process.env['ENGINE'] || 'postgres') as EngineName;
if (!Object.hasOwn(scenes, engine))
  throw new Error(`ENGINE=${engine} is none of ${Object.keys(scenes).join(', ')}`);
const folder = temporaryFolder('demo');
const password = 'only-for-the-demo';

/** Whoever is told to end while the scene is being set takes it down again. */
let told = false;
const hear = () => {
  told = true;
};
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
for (const signal of signals) process.on(signal, hear);

let scene: Scene | undefined;
let exitCode = 1;
try {
  scene = await scenes[engine](password);
  console.log(scene.headline);
  writeManifests(scene);
  exitCode = told ? 0 : await show(scene);
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
  advice: { mode: propose }
  safety: { explains: { perSecond: 2, burst: 30 }, databaseTimeBurst: 5s,
    statementTimeout: { min: 1s } } # a busy laptop is no slow server
---
apiVersion: v1
kind: Secret
metadata: { name: shop-dbintel, namespace: demo }
stringData: { username: dbintel, password: ${password} }
`;
  writeFileSync(join(folder, 'targets/shop.yaml'), manifest, { mode: 0o600 });
}

interface Running {
  api: string;
  ended: Promise<number>;
  /** Aborted when it has ended: nothing of it is waited for any more. */
  over: AbortSignal;
  /** What is under way may finish. */
  end(): void;
}

async function standalone(): Promise<Running> {
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
  ];
  // In a group of its own, so that it hears of a Ctrl-C once: from here.
  const child = spawn(join(here, '../bin/dbintel'), args, { stdio: 'inherit', detached: true });
  const end = () => void child.kill('SIGTERM');
  for (const signal of signals) process.on(signal, end);
  const over = new AbortController();
  const ended = new Promise<number>((resolve) =>
    child.once('exit', (code) => {
      over.abort(new Error('the program has ended'));
      resolve(code ?? (told ? 0 : 1)); // before it listens to signals, one ends it
    }),
  );
  return { api: `http://${address}`, ended, over: over.signal, end };
}

/** Two cycles, and what can be made of them; then it goes on, unless once is enough. */
async function show(scene: Scene): Promise<number> {
  const { api, ended, over, end } = await standalone();
  const shown = async () => {
    const shop = { api, folder, over };
    await cyclesAfter(shop, 0, 2);
    const { owner } = scene;
    if (owner) await adviseAndApply({ ...shop, owner, goesOn: !once });
    if (once) end();
  };
  try {
    return (await Promise.race([ended, shown()])) ?? (await ended);
  } finally {
    end();
    await ended;
  }
}
