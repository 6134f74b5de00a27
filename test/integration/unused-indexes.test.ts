import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redundantIndexes } from '../../src/advice/redundant.ts';
import { unusedIndexes } from '../../src/advice/unused.ts';
import { runAdvice } from '../../src/advisor/run-advice.ts';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import type { IndexLook } from '../../src/model/index-look.ts';
import type { AdviceRun } from '../../src/model/proposal.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { adviceDepsOf } from '../support/advice-deps.ts';
import { makeBatch } from '../support/batch.ts';
import { labelledIndexes } from '../support/labelled-indexes.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { makeTarget, prepareServer } from '../support/target.ts';

/**
 * Which indexes of a real server, and of its standby, are redundant or read by nobody: of hundreds
 * of every kind with labels. Days pass by the clock of who looks: the servers' own stands still.
 */
const day = 86_400_000;
const window_days = 40;
const replication =
  'host all postgres 127.0.0.1/32 trust\nhost replication postgres 127.0.0.1/32 trust\n' +
  'host all all 127.0.0.1/32 scram-sha-256\n';
const labelled = labelledIndexes(12);
const history = openSqliteHistory(':memory:');
let primary: PostgresServer;
let standby: PostgresServer;

beforeAll(async () => {
  primary = await startPostgres({ hba: replication });
  await prepareServer(primary);
  await primary.sql(`${labelled.sql}; ANALYZE`);
  await primary.halt();
  standby = await startPostgres({ standbyOf: primary, hba: replication });
  await primary.restart();
  await connected(1);
  // As a base backup would: counters are not copied.
  for (const reset of ["pg_stat_reset_shared('bgwriter')", 'pg_stat_reset()'])
    await standby.sql(`SELECT ${reset}`);
  for (const { uid, name } of [orders(), reports()]) {
    const batch = makeBatch({ uid, at: 1 });
    await history.record({ ...batch, target: { ...batch.target, name } });
  }
});
afterAll(async () => {
  await history.close();
  for (const each of [standby, primary]) await each.stop();
});

const connected = (count: number) =>
  until(
    async () => (await primary.sql('SELECT 1 FROM pg_stat_replication')).length === count,
    15_000,
    `${count} standbys stream`,
  );
const orders = (port = primary.port) => makeTarget({ port, uid: 'uid-orders', name: 'orders' });
const reports = () => makeTarget({ port: standby.port, uid: 'uid-reports', name: 'reports' });

/** Some days before, or after, now. */
const clockAt = (days: number): Clock => ({
  ...systemClock,
  now: () => systemClock.now() + days * day,
});
const solver = () => Promise.reject(new Error('nothing is chosen'));
const adviseOn = async (days: number, target: Target, replicas?: string[]): Promise<AdviceRun> => {
  const { uid, name, namespace } = target;
  const wish = { budgetBytes: 1, schemas: ['public'], values: 'none' as const, every_ms: day };
  const of = { ...wish, target: { uid, name, namespace }, engine: 'postgres' as const };
  const made = await runAdvice(
    replicas ? { ...of, replicas } : of,
    adviceDepsOf(target, history, { solver, clock: clockAt(days) }),
  );
  return made.run;
};
const both = async (days: number, replicas?: string[]) => {
  await adviseOn(days, reports());
  return adviseOn(days, orders(), replicas);
};

async function read(server: PostgresServer, indexes: ReadonlySet<string>): Promise<void> {
  const client = await server.client();
  await client.query('SET enable_seqscan = off');
  for (const { index, sql } of labelled.reads) if (indexes.has(index)) await client.query(sql);
  await client.end();
}
const scanned = async (server: PostgresServer): Promise<Set<string>> =>
  new Set(
    (
      await server.sql('SELECT indexrelname AS name FROM pg_stat_user_indexes WHERE idx_scan > 0')
    ).map(({ name }) => String(name)),
  );
const named = ({ proposals }: AdviceRun, kind: string): string[] =>
  proposals.flatMap(({ change }) =>
    change.kind === 'drop-index' && change.because.kind === kind ? [change.name] : [],
  );
const looks = (target: Target): Promise<IndexLook[]> => history.indexes(target.uid);
const precision = (found: readonly string[], all: ReadonlySet<string>) =>
  found.filter((each) => all.has(each)).length / found.length;
const recall = (found: readonly string[], all: ReadonlySet<string>) =>
  found.filter((each) => all.has(each)).length / all.size;

/** What nobody reads on either server, of what is free to go: as the servers themselves count. */
const truth = async (): Promise<Set<string>> =>
  labelled.free.difference(await scanned(primary)).difference(await scanned(standby));

const third = (of: number) =>
  new Set([...labelled.free].filter((_, i) => i % 3 === of).concat(...labelled.kept));

describe('hundreds of indexes with labels', () => {
  beforeAll(async () => {
    await both(-window_days);
    await read(primary, third(0));
    await read(standby, third(1));
    await until(
      async () => (await scanned(primary)).size > 40 && (await scanned(standby)).size > 40,
      15_000,
      'scans are counted',
    );
  });

  it('those that are covered are found, and no other', async () => {
    const all = await looks(orders());
    expect(all.length).toBeGreaterThan(200);
    const found = redundantIndexes(all).map(({ index }) => index.name);
    const pairs = labelled.alike.map((pair) => pair.filter((each) => found.includes(each)));
    expect(pairs.every(({ length }) => length === 1)).toBe(true);
    const covered = labelled.redundant.union(new Set(pairs.flat()));
    expect(precision(found, covered)).toBeGreaterThanOrEqual(0.98);
    expect(recall(found, covered)).toBeGreaterThanOrEqual(0.95);
  });

  it('those that no server reads are found, and no other', async () => {
    const run = await both(0, ['reports']);
    const unread = await truth();
    expect(unread.size).toBeGreaterThan(30);
    const found = unusedIndexes(await looks(orders()), {
      now: clockAt(0).now(),
      primary: 'orders',
      replicas: [{ name: 'reports', looks: await looks(reports()) }],
      unknownServers: false,
      freshest_ms: day,
    }).map(({ index }) => index.name);
    expect(precision(found, unread)).toBeGreaterThanOrEqual(0.98);
    expect(recall(found, unread)).toBeGreaterThanOrEqual(0.95);
    expect(named(run, 'unused').length).toBeGreaterThan(0);
    expect(new Set(named(run, 'unused')).isSubsetOf(unread)).toBe(true);
  });
});

const unusedIn = (run: AdviceRun) =>
  run.proposals.filter(
    ({ change }) => change.kind === 'drop-index' && change.because.kind === 'unused',
  );

describe('a proposal', () => {
  it('says on which servers, for how long, and what brings the index back', async () => {
    const [first] = unusedIn(await both(0, ['reports']));
    expect(first?.reason).toMatch(/^not used for (39|40) days on any of orders, reports$/);
    expect(first?.evidence.confidence).toBe('medium');
    expect(first?.rollback[0]).toMatch(/^CREATE INDEX CONCURRENTLY /);
  });
  it('is of this server alone where a replica is not known, or nobody says', async () => {
    for (const replicas of [[], undefined]) {
      const [first] = unusedIn(await adviseOn(0, orders(), replicas));
      expect(first?.reason).toMatch(/^not used here for (39|40) days; other servers may use it$/);
      expect(first?.evidence.confidence).toBe('low');
    }
  });
});

describe('counters', () => {
  it('go on after a restart in order', async () => {
    await primary.restart();
    await connected(1);
    expect(unusedIn(await both(1, ['reports'])).length).toBeGreaterThan(0);
  });
  it('begin anew where somebody resets them', async () => {
    await primary.sql('SELECT pg_stat_reset()');
    expect(unusedIn(await both(2, ['reports']))).toEqual([]);
    expect(unusedIn(await both(2 + window_days, ['reports'])).length).toBeGreaterThan(0);
  });
  it('of a replica are of no use where they are old', async () => {
    const run = await adviseOn(7 + window_days, orders(), ['reports']);
    expect(unusedIn(run)).toEqual([]);
    expect(run.unseen).toEqual([{ kind: 'replica', name: 'reports' }]);
  });
  it('begin anew where another server is the primary', async () => {
    await primary.halt();
    await standby.sql('SELECT pg_promote()');
    expect(unusedIn(await adviseOn(8 + window_days, orders(standby.port), []))).toEqual([]);
  });
});
