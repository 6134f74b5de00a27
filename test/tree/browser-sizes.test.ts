import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPlanView } from '../../scripts/web.ts';
import { withoutTeaching } from '../../web/without-teaching.ts';

/**
 * What a browser has to load before a plan is seen or read, in bytes as they are sent (gzip). A
 * budget is what a slow line loads in a blink; who needs more loads it when it is asked for.
 */
const web = join(import.meta.dirname, '../../web');
let folder: string;
let sizes: Record<string, number>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sizes-'));
  await buildPlanView(join(folder, 'view'));
  await build({
    configFile: false,
    root: web,
    publicDir: false,
    logLevel: 'warn',
    plugins: [withoutTeaching()],
    build: {
      outDir: join(folder, 'worker'),
      emptyOutDir: false,
      minify: true,
      lib: { entry: { reader: 'worker/reader.ts' }, formats: ['es'] },
      rolldownOptions: { output: { minify: true } },
    },
  });
  const weigh = (file: string) => gzipSync(readFileSync(file), { level: 9 }).length;
  sizes = Object.fromEntries(
    globSync(join(folder, '**/*.js')).map((file) => [
      file.includes('worker') ? `worker/${basename(file)}` : basename(file),
      weigh(file),
    ]),
  );
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

it('draws a plan with 12 kB, as a module and as a script', () => {
  expect(sizes['plan-view.js']).toBeLessThanOrEqual(12_000);
  expect(sizes['plan-view.iife.js']).toBeLessThanOrEqual(12_000);
});
it('loads the rest of it with 18 kB, a packed plan with 4', () => {
  expect(sizes['rest.js']).toBeLessThanOrEqual(18_000);
  expect(sizes['pack.js']).toBeLessThanOrEqual(4_000);
});
it('has all of it in 36 kB, where a host takes one file', () => {
  expect(sizes['complete.js']).toBeLessThanOrEqual(36_000);
  expect(sizes['complete.iife.js']).toBeLessThanOrEqual(36_000);
});
it('reads plans in pieces of 40 kB at most, of which each dialect is one', () => {
  const pieces = Object.entries(sizes).filter(([name]) => name.startsWith('worker/'));
  expect(pieces.filter(([name]) => name.includes('dialect')).length).toBeGreaterThanOrEqual(4);
  for (const [name, bytes] of pieces) expect(bytes, name).toBeLessThanOrEqual(40_000);
});
