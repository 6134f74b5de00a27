import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { openSqliteState } from '../../src/coordination/sqlite/sqlite-state.ts';
import { openDatabase } from '../../src/history/sqlite/database.ts';

const root = join(import.meta.dirname, '../..');
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

it('a backup as the runbook has it keeps nobody waiting, and can be opened', async () => {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const [, sql = ''] = /sqlite3 history\.db "(VACUUM INTO '[^']+')"/.exec(runbook) ?? [];
  const path = join(folder, 'kept.db');
  const db = openDatabase(path);
  const report = JSON.stringify('x'.repeat(8_000));
  const insert = 'INSERT INTO cycle VALUES (?, ?, 1, ?)';
  const add = (at: number) =>
    db.transaction(() => db.prepare(insert).run('uid', at, report).changes === 1);
  for (let at = 0; at < 500; at += 1) add(at);
  const backup = join(folder, 'backup.db');
  const beside = new Worker(
    `const { workerData: [path, sql] } = require('node:worker_threads');
     new (require('node:sqlite').DatabaseSync)(path).exec(sql);`,
    { eval: true, workerData: [path, sql.replace(/'[^']+'/, `'${backup}'`)] },
  );
  let ended = false;
  const end = once(beside, 'exit').finally(() => {
    ended = true;
  });
  let at = 500;
  while (!ended) {
    add(at);
    at += 1;
    await new Promise(setImmediate);
  }
  await end;
  db.close();
  const copy = openDatabase(backup);
  const count = Number(copy.prepare('SELECT count(*) AS n FROM cycle').get()?.['n']);
  copy.close();
  expect(count).toBeGreaterThanOrEqual(500);
  expect(count).toBeLessThanOrEqual(at);
});
