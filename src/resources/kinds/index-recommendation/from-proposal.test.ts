import { expect, it } from 'vitest';
import type { Change, Proposal } from '../../../model/proposal.ts';
import { changeOf, recommendationOf } from './from-proposal.ts';
import { mostOpen, whatToPublish } from './publish.ts';
import { indexRecommendationSpec } from './spec.ts';

const index = {
  schema: 'shop',
  table: 'orders',
  method: 'btree',
  keys: [{ column: 'customer' }, { expression: 'lower(note)', descending: true as const }],
  where: 'total > 5',
};
const changes: Change[] = [
  { kind: 'create-index', name: 'dbi_a', index },
  { kind: 'drop-index', name: 'b', index, because: { kind: 'redundant', covered: 'c' } },
  { kind: 'drop-index', name: 'b', index, because: { kind: 'invalid' } },
  {
    kind: 'drop-index',
    name: 'b',
    index,
    because: { kind: 'unused', since: 1_700_000_000_123, servers: ['a'], unknownServers: true },
  },
];
const proposalOf = (change: Change, more: Partial<Proposal['evidence']> = {}): Proposal => ({
  id: 'adv-0123456789ab',
  contentHash: `sha256:${'a'.repeat(64)}`,
  target: { uid: 'u', name: 'orders', namespace: 'shop' },
  engine: 'postgres',
  database: 'shop',
  madeAt: 1_700_000_000_000,
  expiresAt: 1_700_900_000_000,
  change,
  apply: ['CREATE'],
  rollback: ['DROP'],
  reason: 'why',
  evidence: {
    planner: 'pglite',
    confidence: 'high',
    because: [],
    statements: [],
    benefitMsPerDay: 1,
    benefitShare: 0.25,
    sizeBytes: 48 * 1_048_576,
    writeMsPerDay: 1,
    ...more,
  },
});
const made = (change: Change, more = {}) =>
  recommendationOf(proposalOf(change, more), { autoRollback: true });

it('the change comes out of the resource as it went in, so that its hash holds', () => {
  for (const change of changes) {
    const spec = made(change)?.spec;
    const back = spec && changeOf(spec.change);
    expect(back).toEqual(change);
  }
});

it('is one that the CRD takes, below 16 KiB, however much there is to say', () => {
  const statement = {
    fingerprint: 'f'.repeat(128),
    text: 'x'.repeat(10_000),
    callsPerDay: 1,
    msPerDay: 1,
    costBefore: 2,
    costAfter: 1,
    planBefore: 'h'.repeat(64),
    planAfter: 'h'.repeat(64),
  };
  const long = proposalOf(changes[0] as Change, {
    statements: Array.from({ length: 40 }, () => statement),
    because: Array.from({ length: 20 }, () => 'because '.repeat(100)),
  });
  const sql = Array.from({ length: 9 }, () => 'SELECT '.repeat(1_000));
  const spec = recommendationOf(
    { ...long, apply: sql, rollback: sql },
    { autoRollback: false },
  )?.spec;
  expect(indexRecommendationSpec.parse(spec)).toEqual(spec);
  expect(JSON.stringify(spec).length).toBeLessThanOrEqual(16_384);
});

it('says what it saves and takes as people read it; what saves too little is not there', () => {
  expect(made(changes[0] as Change)?.spec).toMatchObject({ benefit: '25.0%', size: '48Mi' });
  expect(made(changes[0] as Change, { benefitShare: 0.009 })).toBeUndefined();
  expect(made({ kind: 'analyze', schema: 's', table: 't' })).toBeUndefined();
});

it('fifty at most; what nobody decided on goes with the run that does not advise it', () => {
  const many = Array.from({ length: 60 }, (_, i) => {
    const each = made(changes[0] as Change, { benefitShare: 0.01 + i / 100 });
    if (!each) throw new Error('it is worth a look');
    return { name: `adv-${i}`, spec: each.spec };
  });
  const { create } = whatToPublish([], many);
  expect([create.length, create[0]?.name]).toEqual([mostOpen, 'adv-59']);
  const there = [
    { name: 'adv-59', phase: 'Proposed' as const },
    { name: 'old', phase: 'Proposed' as const },
    { name: 'built', phase: 'Observing' as const },
    { name: 'rejected', phase: 'Rejected' as const },
  ];
  expect(whatToPublish(there, many.slice(59))).toEqual({ create: [], remove: ['old'] });
});

it('what expired, or was for another server, is made anew where nobody has decided on it', () => {
  const now = {
    name: 'adv-1',
    spec: recommendationOf(
      { ...proposalOf(changes[0] as Change), server: 'b:5432' },
      { autoRollback: true },
    )?.spec,
  };
  if (!now.spec) throw new Error('it is worth a look');
  const wanted = [{ ...now, spec: now.spec }];
  const created = (phase: 'Proposed' | 'Expired' | 'Deferred', server?: string) => {
    const { create, remove } = whatToPublish([{ name: 'adv-1', phase, server }], wanted);
    return [create.length, remove.length];
  };
  expect(created('Proposed', 'a:5432')).toEqual([1, 1]);
  expect(created('Expired', 'b:5432')).toEqual([1, 1]);
  expect(created('Deferred', 'a:5432')).toEqual([0, 0]);
  expect(created('Proposed', 'b:5432')).toEqual([0, 0]);
  expect(created('Proposed')).toEqual([0, 0]);
});
