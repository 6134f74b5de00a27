import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { explained, makeBatch } from '../../test/support/batch.ts';
import { until } from '../../test/support/leaks.ts';
import { scriptedEngine } from '../../test/support/scripted-engine.ts';
import { cycleDepsFor, makeTarget, noAbort } from '../../test/support/target.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { compressJson } from '../base/node/compress.ts';
import { systemRandom } from '../base/random.ts';
import { runCycle } from '../collection/cycle.ts';
import { cycleSettings } from '../collection/settings.ts';
import { freshState } from '../collection/target-state.ts';
import { readConfig } from '../config.ts';
import { createEngines } from '../engines/index.ts';
import { openDatabase } from '../history/sqlite/database.ts';
import { cycleWiring } from './cycle-wiring.ts';
import { type OpenedHistory, openHistory } from './open-history.ts';

/** A file of history that is damaged: what a cycle asks of it is unknown, and the cycle goes on. */
const spec = { collection: { maxQueriesPerCycle: 1, minExecutionCount: 1 } };
const target = makeTarget({ port: 1, uid: 'uid', spec });
const statements = [
  { key: 'a', totalMs: 200 },
  { key: 'b', totalMs: 100 },
];
const settings = cycleSettings(target.spec);
let folder: string;
let opened: OpenedHistory;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-history-'));
  const around = { clock: systemClock, logger: silentLogger, metrics: silentMetrics };
  opened = await openHistory(readConfig({ DBINTEL_DATA: folder }), around);
  const queries = [explained('f-a', { table: 't', parameters: 'generic' })];
  await opened.history.record(makeBatch({ at: 1, queries }));
});
afterEach(async () => {
  await opened.history.close();
  rmSync(folder, { recursive: true });
});

function damage(sql: string, ...values: Uint8Array[]): void {
  const db = new DatabaseSync(join(folder, 'history.db'));
  db.prepare(sql).run(...values);
  db.close();
}

async function cycle() {
  const wiring = cycleWiring(
    {
      engines: { ...createEngines(), postgres: scriptedEngine({ statements }) },
      store: { credentials: async () => ({ username: 'dbintel' }) },
      history: opened.history,
      annotation: () => undefined,
      stops: () => [],
      holder: 'h',
      clock: systemClock,
      random: systemRandom,
    },
    target,
  );
  const before = freshState(systemClock.now(), settings.explains, settings.databaseTime);
  const { state, batch } = await runCycle(before, cycleDepsFor(target, wiring), noAbort());
  return { outcome: batch.cycle.outcome.kind, unexplained: batch.cycle.unexplained, state };
}

it.each([
  ['no document', Uint8Array.of(0)],
  ['no plan of this version', compressJson({ planModel: 'another' })],
])('a plan in it that is %s keeps no statement from being explained', async (_, body) => {
  damage('UPDATE plan SET body = ?', body);
  const id = { target: 'uid', fingerprint: 'f-a', hash: 'other', parameters: 'generic' as const };
  const { outcome, unexplained } = await cycle();
  expect([outcome, unexplained]).toEqual(['collected', {}]);
  await expect(opened.questions.previousPlan(id)).rejects.toThrow();
});
it('what was sent is charged where nothing of earlier cycles can be read', async () => {
  damage('DROP TABLE query');
  const { outcome, state } = await cycle();
  expect(outcome).toBe('collected');
  expect(state.explained.has('a')).toBe(true);
  expect(state.explains.tokens).toBeLessThan(settings.explains.burst);
  await expect(opened.questions.recall('uid', ['f-a'])).rejects.toThrow();
});

const numbersIn = (path: string) => {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare('SELECT at FROM cycle ORDER BY at').all();
  db.close();
  return rows.map(({ at }) => Number(at));
};
const another = (at: number) =>
  makeBatch({ at, number: at, queries: [explained('f-a', { table: 't' })] });
const path = () => join(folder, 'history.db');

it('a file that is no database is set aside, and what is collected is kept', async () => {
  await opened.history.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(path() + suffix, { force: true });
  writeFileSync(path(), 'this is no database, and never was one'.repeat(200));
  const around = { clock: systemClock, logger: silentLogger, metrics: silentMetrics };
  opened = await openHistory(readConfig({ DBINTEL_DATA: folder }), around);
  expect(await opened.history.record(another(2))).toBe(true);
  expect(numbersIn(path())).toEqual([2]);
  expect(existsSync(`${path()}.damaged`)).toBe(true);
});
it('one that is damaged further on is told by its name', () => {
  const db = openDatabase(join(folder, 'other.db'));
  const damage = Object.assign(new Error('database disk image is malformed'), { errcode: 267 });
  const spoilt = () => {
    throw damage;
  };
  expect(() => db.transaction(spoilt)).toThrow(/other\.db cannot be used \(database disk image/);
  db.close();
});
it('a file that another process has locked is waited for', async () => {
  const other = new DatabaseSync(path());
  other.exec('BEGIN IMMEDIATE');
  expect(await opened.history.record(another(2))).toBe(true);
  other.exec('COMMIT');
  other.close();
  await until(async () => numbersIn(path()).length === 2, 30_000, 'kept');
});
it('a file that was removed is made anew, and not written where nobody finds it', async () => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path() + suffix, { force: true });
  await opened.history.record(another(2));
  expect(numbersIn(path())).toEqual([2]);
});
it('and nobody is told what a file said that is gone, though nothing is written', async () => {
  expect(await opened.questions.counts('uid')).toMatchObject({ plans: 1 });
  for (const suffix of ['', '-wal', '-shm']) rmSync(path() + suffix, { force: true });
  expect(await opened.questions.counts('uid')).toMatchObject({ plans: 0 });
});
it('what failed is told as it was where it has been rolled back already, as by a full disk', () => {
  const db = openDatabase(join(folder, 'other.db'));
  const put = () => db.prepare("INSERT OR ROLLBACK INTO advice_run VALUES ('t', 1, '{}')").run();
  const twice = () =>
    db.transaction(() => {
      put();
      put();
      return true;
    });
  expect(twice).toThrow('UNIQUE');
  db.close();
});
