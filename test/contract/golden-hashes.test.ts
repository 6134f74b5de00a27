import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.ts';
import { type PlanHash, preorder } from '../../src/model/plan.ts';

/**
 * A hash is a promise: histories are keyed by it, those of earlier versions by `ph1`. These plans
 * came from a real server (scripts/golden-hashes.ts).
 */
const golden = JSON.parse(
  readFileSync(new URL('../golden/hashes.json', import.meta.url), 'utf8'),
) as {
  statement: string;
  plan: object;
  hash: PlanHash;
}[];
const assemble = (plan: object) =>
  dialects.postgres.readPlan(JSON.stringify(plan), {
    engineVersion: '18',
    namespace: 'd',
    collectedAt: 0,
    parameters: 'generic',
    fingerprint: { algorithm: 'golden', value: '0' },
  });

it('there are at least 200 pinned hashes', () => expect(golden.length).toBeGreaterThanOrEqual(200));

it('every plan still has its hash, and the one of earlier versions', () => {
  const changed = golden.filter(
    ({ plan, hash }) => JSON.stringify(assemble(plan).hash) !== JSON.stringify(hash),
  );
  expect(changed.map(({ statement }) => statement)).toEqual([]);
});

it('every node is known', () => {
  const unknown = golden.flatMap(({ plan }) =>
    [...preorder(assemble(plan).root)]
      .filter(({ op }) => op === 'Unknown')
      .map(({ nativeOp }) => nativeOp),
  );
  expect(unknown).toEqual([]);
});

it('two plans of one statement with one hash read the same relations by the same means', () => {
  const describe = (plan: object) =>
    [...preorder(assemble(plan).root)]
      .map(({ op, relation, index }) => `${op} ${relation?.name ?? ''} ${index?.name ?? ''}`)
      .join(' > ');
  const byHash = Map.groupBy(golden, ({ statement, hash }) => `${statement} ${hash.full}`);
  for (const group of byHash.values())
    expect(new Set(group.map(({ plan }) => describe(plan))).size).toBe(1);
});
