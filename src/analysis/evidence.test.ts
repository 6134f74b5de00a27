import { describe, expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import { emptyShape } from '../model/query-shape.ts';
import type { StatementWork } from '../model/statistics.ts';
import { comparableNode, didMore, pagesPlanned, rowsGiven, rowsPlanned } from './evidence.ts';
import {
  block,
  index,
  indexScan,
  inner,
  loop,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
} from './examples.ts';
import type { RuleContext } from './rule.ts';

const postgres = (plan: object) => readAnyPlan(JSON.stringify([{ Plan: plan }]));
const scan = seqScan('t', { rows: 40, cost: 100 });
const context = (rows: number, work: StatementWork = {}, limit = false): RuleContext => ({
  stats: {
    key: 'k',
    nativeId: '1',
    database: 'd',
    user: 'u',
    toplevel: true,
    calls: 10,
    totalMs: 10,
    meanMs: 1,
    rows,
    tempBlocksWritten: 0,
    isNew: false,
    work,
  },
  fingerprint: { algorithm: 'test', value: 'f' },
  shape: { ...emptyShape(), limit },
  facts: [],
});

describe('rows that can be compared', () => {
  it('are those of what is only sorted', () => {
    const plan = postgres(node('Sort', { rows: 40, cost: 120 }, [outer(scan)]));
    const compared = comparableNode(plan);
    expect(compared.op).toBe('SeqScan');
    expect(rowsGiven(plan, compared, context(700))).toBe(70);
  });
  it('are none where rows are put together, or a LIMIT leaves some out', () => {
    const sum = postgres(node('Aggregate', { rows: 1, cost: 120 }, [outer(scan)]));
    expect(rowsGiven(sum, comparableNode(sum), context(10))).toBeUndefined();
    const few = postgres(node('Limit', { rows: 10 }, [outer(scan)]));
    expect(rowsGiven(few, comparableNode(few), context(10, {}, true))).toBeUndefined();
    const unseen = readAnyPlan(JSON.stringify(block(mysqlTable('a', { rows: 10 }))), 'mysql');
    expect(rowsGiven(unseen, comparableNode(unseen), context(10, {}, true))).toBeUndefined();
  });
  it('are those of the whole where a subquery has the LIMIT', () => {
    const listed = postgres(scan);
    expect(rowsGiven(listed, listed.root, context(200, {}, true))).toBe(20);
  });
});

describe('the whole work', () => {
  it('is more than planned where pages are many times those that rows are found on', () => {
    const facts = [table('t', 9_000, { pages: 700 }), table('u', 90_000)];
    const plan = postgres(
      node('Nested Loop', { 'Join Type': 'Inner', rows: 40, cost: 500 }, [
        outer(scan),
        inner(indexScan('u', 'u_t', { condition: '(u.t = t.id)', rows: 2, cost: 1 })),
      ]),
    );
    const knowing = (pages: number) => ({ ...context(10, { pages }), facts });
    expect(pagesPlanned(plan, knowing(1))).toEqual({ whole: 700, found: 40 * 5.02 });
    expect(didMore(plan, knowing(40_000))).toBe(true);
    expect(didMore(plan, knowing(16_000))).toBe(false);
    expect(didMore(plan, context(10, { pages: 40_000 }))).toBe(false);
  });
  it('is not more for what is written to the rows that were expected', () => {
    const facts = [table('t', 300_000, { pages: 9_091, indexes: [index('t_pkey', ['id'])] })];
    const plan = postgres(
      node('ModifyTable', { Operation: 'Update', 'Relation Name': 't', Schema: 'public' }, [
        outer(seqScan('t', { filter: '(sent_at IS NULL)', rows: 325, cost: 12_295 })),
      ]),
    );
    const knowing = (pages: number) => ({ ...context(3_010, { pages }), facts });
    expect(didMore(plan, knowing(117_000))).toBe(false);
    expect(didMore(plan, knowing(900_000))).toBe(true);
  });
  it('is counted in rows by MySQL, over all loops of a join', () => {
    const tables = [mysqlTable('a', { rows: 10 }), mysqlTable('b', { access: 'ref', rows: 3 })];
    const plan = readAnyPlan(JSON.stringify(loop(...tables)), 'mysql');
    expect(rowsPlanned(plan)).toBe(40);
    expect(didMore(plan, context(10, { rowsExamined: 300_000 }))).toBe(true);
    expect(didMore(plan, context(10, { rowsExamined: 4_000 }))).toBe(false);
  });
});
