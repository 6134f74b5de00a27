import { expect, it } from 'vitest';
import { makeProposal } from '../../test/support/advice.ts';
import { recommendationOf } from '../resources/kinds/index-recommendation/from-proposal.ts';
import type { Recommended } from '../targets/kubernetes/cluster-client.ts';
import { adviceLines } from './kubectl-advise.ts';

const recommended = (status?: Recommended['status']): Recommended[] => {
  const made = recommendationOf(
    { ...makeProposal('adv-a', {}), contentHash: `sha256:${'a'.repeat(64)}` },
    { autoRollback: true },
  );
  return made ? [{ ...made, ...(status ? { status } : {}) }] : [];
};
const shop = { namespace: 'shop', target: 'orders', status: undefined };

it('a table of what is advised, and how to go on', () => {
  const open = adviceLines(recommended(), shop, 200);
  expect(open).toMatch(/^SAVES +WHAT +ON +SIZE +SURE +PHASE +BY +NAME\n31\.0% +create index /);
  expect(open).toContain('kubectl dbintel approve adv-a -n shop  tells all of adv-a');
  const decided = recommended({ phase: 'Observing', approvedBy: 'maria' });
  const lines = adviceLines(decided, { ...shop, target: undefined }, 200);
  expect(lines).toMatch(/^TARGET .*\norders .*Observing +maria +adv-a$/);
});

it('where there is nothing, what it needs is said', () => {
  expect(adviceLines([], { ...shop, status: {} }, 80)).toContain('spec.advice: { mode: propose }');
  const advice = { at: '2026-01-01T10:00:00Z', open: 0, agreement: '41 of 42' };
  expect(adviceLines([], { ...shop, status: { advice } }, 80)).toMatchInlineSnapshot(`
    "shop/orders  last run 2026-01-01 10:00 UTC: 41 of 42 plans as the server has them
    nothing is advised for shop/orders"
  `);
});
