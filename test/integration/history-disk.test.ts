import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/postgres-server.ts';

/**
 * A volume that is full, read-only or spoilt is no reason to lose what is collected, and needs
 * nobody once it is mended. Codes: disk_full, file_damaged, file_unusable.
 */
const program = fileURLToPath(new URL('../support/history-on-disk.ts', import.meta.url));

interface Told {
  lines: { message: string; code?: string }[];
  number: number;
  [name: string]: unknown;
}

/** In a mount namespace of its own, whose volumes go with it. */
function happens(what: string): Promise<Told> {
  const folder = temporaryFolder('disk');
  const root = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, folder, what];
  return new Promise<Told>((resolve, reject) => {
    execFile('unshare', [...root, '--mount', ...node], { timeout: 60_000 }, (error, out, told) =>
      error ? reject(new Error(told || error.message)) : resolve(JSON.parse(out) as Told),
    );
  }).finally(() => rmSync(folder, { recursive: true }));
}

const codesOf = ({ lines }: Told) => [...new Set(lines.map(({ code }) => code).filter(Boolean))];
const said = ({ lines }: Told) => lines.map(({ message }) => message);

it('a full volume: what is collected waits, is read meanwhile, and is kept once there is room', async () => {
  const told = await happens('full');
  expect(codesOf(told)).toEqual(['disk_full']);
  expect(told['kept']).toBeGreaterThan(10);
  expect(told['cycles']).toBe(told.number);
});

it('one that is full while the file is made, too', async () => {
  const told = await happens('migration');
  expect(codesOf(told)).toEqual(['disk_full']);
  expect(told).toMatchObject({ failed: 3, cycles: 3 });
});

it('what a target remembers cannot be saved then, which has the code, and can be later', async () => {
  expect(await happens('state')).toMatchObject({ code: 'disk_full', saved: true });
});

it('a volume that was read-only when the file was opened, too', async () => {
  const told = await happens('readonly');
  expect(codesOf(told)).toEqual(['file_unusable']);
  expect(told).toMatchObject({ cycles: 6 });
});

it('pages that are spoilt: set aside, made anew, and all that can be read is there again', async () => {
  const told = await happens('damaged');
  expect(codesOf(told)).toEqual(['file_damaged']);
  expect(said(told)).toContain('the history is damaged: set aside, and made anew');
  expect(told).toMatchObject({ aside: true, verdicts: 1 });
  expect(told['plans']).toBeGreaterThan(1_700);
  expect(told['cycles']).toBeGreaterThan(60);
});

it('a file that was cut off gives what is left of it', async () => {
  const told = await happens('cut');
  expect(codesOf(told)).toEqual(['file_damaged']);
  expect(told).toMatchObject({ aside: true, verdicts: 1 });
  expect(told['plans']).toBeGreaterThan(500);
});

it('a second one that is damaged waits for a person: two would fill the volume', async () => {
  const told = await happens('twice');
  expect(said(told)).toContain('waiting 1');
});
