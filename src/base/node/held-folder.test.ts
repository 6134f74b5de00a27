import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdFolder, isHeld } from './held-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-held-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is one program’s until it lets go', () => {
  expect(isHeld(folder)).toBe(false);
  const first = holdFolder(folder);
  expect(isHeld(folder)).toBe(true);
  expect(() => holdFolder(folder)).toThrow(`another dbintel standalone runs on ${folder}`);
  first.close();
  expect(isHeld(folder)).toBe(false);
  holdFolder(folder).close();
});

it('is free again where its program was killed', async () => {
  const module = new URL('held-folder.ts', import.meta.url).href;
  const script = `import { holdFolder } from ${JSON.stringify(module)};
    globalThis.held = holdFolder(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  expect(() => holdFolder(folder)).toThrow('another dbintel standalone');
  child.kill('SIGKILL');
  await once(child, 'exit');
  holdFolder(folder).close();
});

it('is made where there is none', () => {
  const inner = join(folder, 'a', 'b');
  const held = holdFolder(inner);
  expect(() => holdFolder(inner)).toThrow('another dbintel standalone');
  held.close();
});

it('names the file where it cannot be had', () => {
  mkdirSync(join(folder, 'in-use.db'));
  expect(() => holdFolder(folder)).toThrow(join(folder, 'in-use.db'));
});
