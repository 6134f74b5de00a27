import { execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/**
 * The arrows hold only if the checker sees violations: each one is planted, and must be caught. In
 * a copy: other tests read the tree meanwhile.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copy = mkdtempSync(join(tmpdir(), 'dbintel-arrows-'));
const planted: string[] = [];

beforeAll(() => {
  for (const path of ['src', 'oxlint.config.ts', 'package.json', 'tsconfig.json'])
    cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}, 60_000);
afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});
afterAll(() => rmSync(copy, { recursive: true }));

function plant(path: string, source: string): string {
  const file = join(copy, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  planted.push(file);
  return file;
}

function complaints(files: string[]): string[] {
  try {
    execFileSync(join(root, 'node_modules/.bin/oxlint'), ['--format=json', ...files], {
      cwd: copy,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return [];
  } catch (error) {
    const { diagnostics } = JSON.parse(String((error as { stdout: Buffer }).stdout)) as {
      diagnostics: { code: string }[];
    };
    return diagnostics.map(({ code }) => code);
  }
}

const violations: Record<string, [path: string, source: string]> = {
  'a room that it may not import': [
    'src/model/planted-a.ts',
    "import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';\n" +
      'export const a = openSqliteState;\n',
  ],
  'a type of a room that it may not import': [
    'src/safety/planted-b.ts',
    "import type { Engine } from '../engines/engine.ts';\nexport type B = Engine;\n",
  ],
  'an arrow upstream from an inner folder': [
    'src/engines/postgres/planted-c.ts',
    "import { gate } from '../../safety/gate.ts';\nexport const c = gate;\n",
  ],
  'an engine that knows another': [
    'src/dialects/postgres/planted-n.ts',
    "import { quote } from '../mysql-family/sql.ts';\nexport const n = quote;\n",
  ],
  're-export of a stranger': [
    'src/history/sqlite/planted-d.ts',
    "export { gate } from '../../safety/gate.ts';\n",
  ],
  'a vendor library away from home': [
    'src/collection/planted-e.ts',
    "import pg from 'pg';\nexport const e = pg;\n",
  ],
  'a dynamic import of a vendor library': [
    'src/controller/planted-f.ts',
    "export const f = () => import('fastify');\n",
  ],
  'Node in a room that runs in browsers': [
    'src/analysis/rules/planted-g.ts',
    "import { readFileSync } from 'node:fs';\nexport const g = readFileSync;\n",
  ],
  'Node in the part of base that runs in browsers': [
    'src/base/planted-n.ts',
    "import { createHash } from 'node:crypto';\nexport const n = createHash;\n",
  ],
  'what of base needs Node in a room that runs in browsers': [
    'src/model/planted-o.ts',
    "import { systemClock } from '../base/node/clock.ts';\nexport const o = systemClock;\n",
  ],
  'the clock outside base': ['src/collection/planted-h.ts', 'export const h = () => Date.now();\n'],
  'a timer outside base': [
    'src/http/planted-i.ts',
    'export const i = () => setTimeout(() => undefined, 1);\n',
  ],
  'timers by import': [
    'src/controller/planted-j.ts',
    "import { setTimeout as wait } from 'node:timers/promises';\nexport const j = wait;\n",
  ],
  'chance outside base': ['src/safety/planted-k.ts', 'export const k = () => Math.random();\n'],
  'the environment outside config': [
    'src/targets/planted-l.ts',
    'export const l = () => process.env.HOME;\n',
  ],
  'composition imported by a room': [
    'src/controller/planted-n.ts',
    "import { buildReplica } from '../app/build-replica.ts';\nexport const n = buildReplica;\n",
  ],
  'a command imported by composition': [
    'src/app/planted-o.ts',
    "import { exitCodes } from '../cli/command.ts';\nexport const o = exitCodes;\n",
  ],
  'a command that opens what app opens': [
    'src/cli/planted-p.ts',
    "import { openRedisState } from '../coordination/redis/redis-state.ts';\n" +
      'export const p = openRedisState;\n',
  ],
  'a command that decides': [
    'src/cli/planted-q.ts',
    "import { nextStep } from '../controller/reconcile.ts';\nexport const q = nextStep;\n",
  ],
  'a decision that knows an engine': [
    'src/controller/planted-r.ts',
    "import { createEngines } from '../engines/index.ts';\nexport const r = createEngines;\n",
  ],
  'console outside commands': [
    'src/exporters/planted-m.ts',
    "export const m = () => console.log('m');\n",
  ],
};

describe('the arrows are checked', () => {
  it.each(Object.entries(violations))('%s', (_, [path, source]) => {
    expect(complaints([plant(path, source)]).length).toBeGreaterThan(0);
  });

  it('a cycle, of types only', () => {
    const one = plant(
      'src/model/planted-one.ts',
      "import type { Two } from './planted-two.ts';\nexport type One = Two | 1;\n",
    );
    const two = plant(
      'src/model/planted-two.ts',
      "import type { One } from './planted-one.ts';\nexport type Two = One | 2;\n",
    );
    expect(complaints([one, two]).some((code) => code.includes('no-cycle'))).toBe(true);
  });

  it('all that browsers run can be bundled for them', async () => {
    const rooms = ['base', 'model', 'dialects', 'resources', 'analysis', 'render'];
    const { errors } = await build({
      entryPoints: rooms.flatMap((room) =>
        globSync(`src/${room}/**/*.ts`, { cwd: root }).filter(
          (file) => !file.endsWith('.test.ts') && !file.startsWith('src/base/node/'),
        ),
      ),
      absWorkingDir: root,
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      outdir: 'never-written',
      logLevel: 'silent',
    });
    expect(errors).toEqual([]);
  });

  it('and what is allowed passes', () => {
    expect(
      complaints([
        plant(
          'src/history/planted-ok.ts',
          "import type { Plan } from '../model/plan.ts';\nexport type Ok = Plan;\n",
        ),
      ]),
    ).toEqual([]);
  });
});
