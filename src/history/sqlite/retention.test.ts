import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeProposal, makeRun } from '../../../test/support/advice.ts';
import { contextOf, explained, makeBatch } from '../../../test/support/batch.ts';
import type { History } from '../backends.ts';
import { limitOf } from './room.ts';
import { openSqliteHistory } from './sqlite-history.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 30);
const policy = { now, plans_ms: 90 * day, hours_ms: 30 * day, cycles_ms: 7 * day };
let folder: string;
let history: History;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-retention-'));
  history = openSqliteHistory(join(folder, 'h.db'));
});
afterEach(async () => {
  await history.close();
  rmSync(folder, { recursive: true });
});

let number = 0;
async function collect(at: number, names: readonly string[], rule = 'spill'): Promise<void> {
  number += 1;
  const queries = names.map((name) => {
    const table = `${name}_${number}`;
    return explained(name, { table, context: contextOf(table), rule });
  });
  await history.record(makeBatch({ at, number, queries }));
}
const plans = async () => (await history.counts('uid')).plans;
const known = async (name: string) => (await history.recall('uid', [name])).length === 1;
const many = (prefix: string) => Array.from({ length: 20 }, (_, i) => `${prefix}-${i}`);

/** Sixty days of statements that nobody sees again, and one that changes its plan each day. */
async function churn(): Promise<void> {
  for (let age = 60; age >= 0; age -= 1)
    await collect(now - age * day, [...many(`f${age}`), 'steady']);
}

it('beyond its size the oldest goes, and never what is in use', async () => {
  await churn();
  const { bytes = 0 } = await history.retain(policy);
  const limit = Math.floor(bytes * 0.6);
  const first = await history.retain({ ...policy, bytes: limit });
  expect(first).toMatchObject({ limit, over: false });
  expect(first.bySize).toBeGreaterThan(100);
  expect(await known('f60-1')).toBe(false);
  expect(await known('f6-1')).toBe(true);
  expect(await known('steady')).toBe(true);
  const [latest] = await history.recall('uid', ['steady']);
  const kept = { target: 'uid', fingerprint: 'steady', hash: latest?.latestHash ?? '' };
  expect(await history.plan(kept)).toBeDefined();
  // What is free is used again: nothing goes twice for the same room.
  expect(await history.retain({ ...policy, bytes: limit })).toMatchObject({ bySize: 0 });
});

it('what people or proposals speak of stays; what has open findings goes last', async () => {
  const resolved = many('gone');
  await collect(now - 80 * day, ['judged', 'proposed', 'open'], 'full-scan');
  await collect(now - 80 * day + hour, resolved, 'full-scan');
  await collect(now - 79 * day, resolved, 'spill');
  const said = { rule: 'full-scan', fingerprint: 'judged', kind: 'accepted', by: 'me' } as const;
  await history.judge('uid', { remove: [], put: [{ ...said, at: now, declared: false }] });
  const proposal = makeProposal('p', {});
  const { plan } = explained('proposed', { table: 'x' }).result as never as { plan: never };
  await history.recordAdvice({
    run: makeRun(now, [proposal]),
    plans: [{ proposal: 'p', fingerprint: 'proposed', plan } as never],
  });
  const told = await history.retain({ ...policy, bytes: 4_096 });
  expect(told.over).toBe(true);
  expect(await known('judged')).toBe(true);
  expect(await known('proposed')).toBe(true);
  expect(await known('gone-1')).toBe(false);
  await collect(now - day, ['lately']);
  await history.retain({ ...policy, bytes: 4_096 });
  expect(await known('lately')).toBe(true);
});

it('a file that was made by this version gives back what it does not need', async () => {
  for (let round = 0; round < 6; round += 1) await churn();
  const size = async () => {
    await history.close();
    const { size: bytes } = statSync(join(folder, 'h.db'));
    history = openSqliteHistory(join(folder, 'h.db'));
    return bytes;
  };
  const before = await size();
  await history.retain({ ...policy, bytes: Math.floor(before * 0.4) });
  expect(await size()).toBeLessThan(before * 0.55);
}, 60_000);

it('a limit that is too large for its volume is less; 0 is none', () => {
  expect(limitOf(join(folder, 'h.db'), 2 ** 60)).toBeLessThan(2 ** 59);
  expect(limitOf(join(folder, 'h.db'), 5_000)).toBe(5_000);
  expect(limitOf(join(folder, 'h.db'), 0)).toBeUndefined();
  const [whole, set] = [limitOf(join(folder, 'h.db'), 2 ** 60), 10 ** 9];
  writeFileSync(join(folder, 'h.db.damaged'), '');
  truncateSync(join(folder, 'h.db.damaged'), set);
  expect(limitOf(join(folder, 'h.db'), 2 ** 60)).toBe((whole ?? 0) - set * 0.8);
});

it('a clock that is a year ahead for some hours takes the oldest alone', async () => {
  for (let age = 60; age >= 0; age -= 1) await collect(now - age * day, [`f${age}`]);
  const ahead = now + 365 * day;
  for (let at = 0; at < 4; at += 1) await history.retain({ ...policy, now: ahead + at * hour });
  expect(await plans()).toBeGreaterThan(50);
  const cycles = await history.cycles({ target: 'uid', since: 0, limit: 99 });
  expect(cycles.length).toBeGreaterThan(50);
});

it('and one that was decades behind holds nothing up', async () => {
  await collect(1_000, ['begun']);
  for (let age = 95; age >= 90; age -= 1) await collect(now - age * day, [`f${age}`]);
  for (let at = 0; at < 9; at += 1) await history.retain({ ...policy, now: now + at * hour });
  expect(await plans()).toBe(0);
});
