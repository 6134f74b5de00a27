import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { openSqliteState } from '../../src/coordination/sqlite/sqlite-state.ts';
import { openDatabase } from '../../src/history/sqlite/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'dbintel-locked-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first waits for half a second or a whole one; so would each, or for five. */
const tries = 20;
const once_ms = 7_000;

async function refusedFor_ms(path: string, write: () => Promise<unknown>): Promise<number> {
  const backup = new DatabaseSync(path);
  backup.exec('BEGIN IMMEDIATE');
  const began = performance.now();
  for (let i = 0; i < tries; i += 1) await expect(write()).rejects.toThrow('database is locked');
  const took_ms = performance.now() - began;
  backup.exec('ROLLBACK');
  backup.close();
  await write();
  return took_ms;
}

it('a file that another one keeps locked has the process stand still once, not each time', async () => {
  const path = join(folder, 'history.db');
  const db = openDatabase(path);
  const write = async () => db.transaction(() => true);
  expect(await refusedFor_ms(path, write)).toBeLessThan(once_ms);
  db.close();
});

it('and so has that of what targets remember', async () => {
  const path = join(folder, 'state.db');
  const state = openSqliteState(path, systemClock);
  const epoch = await state.nextEpoch('uid');
  const write = () => state.saveTarget('uid', epoch, new Uint8Array(1));
  expect(await refusedFor_ms(path, write)).toBeLessThan(once_ms);
  await state.close();
});
