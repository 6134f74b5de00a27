import type { AdviceRun, Proposal } from '../../src/model/proposal.ts';

/** Advice as a run would make it, for what comes after it. */
export function makeProposal(
  id: string,
  { benefit = 1_000, uid = 'uid', madeAt = 1 }: { benefit?: number; uid?: string; madeAt?: number },
): Proposal {
  const name = `dbi_orders_${id}`;
  return {
    id,
    contentHash: `sha256:${id}`,
    target: { uid, name: 'orders', namespace: 'shop' },
    engine: 'postgres',
    database: 'shop',
    madeAt,
    expiresAt: madeAt + 14 * 86_400_000,
    change: {
      kind: 'create-index',
      name,
      index: {
        schema: 'public',
        table: 'orders',
        method: 'btree',
        keys: [{ column: 'customer_id' }, { column: 'created_at', descending: true }],
      },
    },
    apply: [`CREATE INDEX CONCURRENTLY ${name} ON public.orders (customer_id, created_at DESC)`],
    rollback: [`DROP INDEX CONCURRENTLY public.${name}`],
    reason: 'reads the newest orders of a customer without sorting them',
    evidence: {
      planner: 'pglite',
      confidence: 'high',
      because: ['41 of 42 plans are the same in the what-if planner as on the server'],
      agreement: 41 / 42,
      statements: [
        {
          fingerprint: 'f1',
          text: 'SELECT id FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 20',
          callsPerDay: 86_400,
          msPerDay: 3_600_000,
          costBefore: 8_215,
          costAfter: 24.5,
          planBefore: 'ph2:before',
          planAfter: 'ph2:after',
        },
        {
          fingerprint: 'f2',
          text: 'UPDATE orders SET status = $1 WHERE id = $2',
          callsPerDay: 1_000,
          msPerDay: 900,
          costBefore: 8.3,
          costAfter: 8.4,
        },
      ],
      benefitMsPerDay: benefit,
      benefitShare: 0.31,
      sizeBytes: 5_242_880,
      writeMsPerDay: 120,
    },
  };
}

export const makeRun = (
  startedAt: number,
  proposals: Proposal[],
  { uid = 'uid' }: { uid?: string } = {},
): AdviceRun => ({
  target: { uid, name: 'orders', namespace: 'shop' },
  engine: 'postgres',
  startedAt,
  endedAt: startedAt + 8_000,
  planner: 'pglite',
  budgetBytes: 1_073_741_824,
  agreement: { compared: 42, agreed: 41 },
  withheld: [{ code: 'no_sample', statements: 3 }],
  statements: { weighed: 60, planned: 42 },
  whatIfCalls: 312,
  selection: { costBefore: 1e6, costAfter: 4e5, bound: 4e5, gap: 0, method: 'optimal' },
  proposals,
});
