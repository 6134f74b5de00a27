import { AppError } from '../../src/base/errors.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { WorkloadStatement } from '../../src/history/history-questions.ts';
import type { IndexDef } from '../../src/model/index-def.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { World } from '../../src/planner/planner.ts';
import { contextOf } from './batch.ts';

/**
 * A stand-in of a what-if planner, for what is made of its answers: a statement costs what a table
 * says for the indexes that are there. Real ones have tests of their own.
 */
export interface StandIn extends World {
  /** Names of those that are there now. */
  readonly there: ReadonlySet<string>;
}

/** `costs`: by text, cost with these indexes, the first that are all there; none: it is refused. */
export function standInWorld(
  costs: Record<string, readonly [indexes: readonly string[], cost: number][]>,
): StandIn {
  const there = new Set<string>();
  return {
    there,
    async plan({ text }) {
      const found = costs[text]?.find(([indexes]) => indexes.every((each) => there.has(each)));
      if (!found) throw new AppError('unplannable', 'nothing is known of it');
      return planOf(found[1], found[0]);
    },
    async hypothesise(_: IndexDef, name = 'x') {
      there.add(name);
      return { id: name, size: { bytes: 1_000, confidence: 'high' } };
    },
    async drop(id) {
      there.delete(id);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Of one that reads these indexes, or else the whole table. */
export function planOf(cost: number, indexes: readonly string[] = []): Plan {
  const scan = (name: string | undefined) => ({
    'Node Type': name ? 'Index Scan' : 'Seq Scan',
    'Relation Name': 'orders',
    Schema: 'public',
    ...(name ? { 'Index Name': name } : {}),
    'Total Cost': cost,
    'Plan Rows': 1,
  });
  const [first, ...others] = indexes;
  const root = { ...scan(first), ...(others.length ? { Plans: others.map(scan) } : {}) };
  return dialects.postgres.readPlan(JSON.stringify([{ Plan: root }]), {
    engineVersion: '18',
    namespace: 'shop',
    collectedAt: 0,
    parameters: 'generic',
    fingerprint: { algorithm: 'test', value: 'f' },
  });
}

export const workloadStatement = (
  fingerprint: string,
  more: Partial<WorkloadStatement> = {},
): WorkloadStatement => ({
  fingerprint,
  nativeId: '1',
  database: 'shop',
  text: fingerprint,
  weight: { calls: 10, totalMs: 1_000, rows: 10, tempBlocks: 0 },
  plan: planOf(100),
  ...contextOf('orders'),
  ...more,
});
