import { dialects } from '../../src/dialects/index.ts';
import { pack } from '../../src/render/pack.ts';
import { makeProposal, makeRun } from '../support/advice.ts';
import type { Answers } from './lying-server.ts';

/** Advice for a fleet, always the same; what the API answers of it. */
const hash = `sha256:${'5fa1c8'.repeat(11).slice(0, 64)}`;

function stored(id: string, benefit: number, now: number, phase = 'Proposed') {
  const proposal = makeProposal(id, { benefit, madeAt: now - 3_600_000 });
  return {
    ...proposal,
    contentHash: hash,
    evidence: { ...proposal.evidence, benefitShare: benefit / 24_000_000 },
    state: { id, phase, since: now - 3_600_000, ...(phase === 'Rejected' ? { by: 'eva' } : {}) },
  };
}

function dropped(id: string, now: number) {
  const proposal = stored(id, 0, now);
  const index = {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: [{ column: 'status' }],
  };
  return {
    ...proposal,
    change: {
      kind: 'drop-index' as const,
      name: 'orders_status_idx',
      index,
      because: { kind: 'redundant' as const, covered: 'orders_status_created_idx' },
    },
    apply: ['DROP INDEX CONCURRENTLY public.orders_status_idx'],
    rollback: ['CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders (status)'],
    reason: 'orders_status_created_idx begins with the same column: it serves what this one does',
    evidence: {
      ...proposal.evidence,
      planner: 'catalog' as const,
      because: ['its keys are the first ones of another index, of all rows and in the same order'],
      statements: [],
      sizeBytes: -88_080_384,
      writeMsPerDay: -41_000,
    },
  };
}

/** What a person runs: statistics, and what rules say of a server without a planner. */
function byHand(id: string, now: number) {
  const proposal = stored(id, 900_000, now);
  return {
    ...proposal,
    change: {
      kind: 'create-statistics' as const,
      name: 'addresses_city_zip',
      schema: 'public',
      table: 'addresses',
      columns: ['city', 'zip'],
    },
    apply: ['CREATE STATISTICS public.addresses_city_zip ON city, zip FROM public.addresses;'],
    rollback: ['DROP STATISTICS public.addresses_city_zip;'],
    reason: 'city and zip depend on one another, and the planner takes them for independent',
    evidence: { ...proposal.evidence, statements: withoutPlans(proposal), sizeBytes: 0 },
  };
}

function byRules(id: string, now: number) {
  const proposal = stored(id, 600_000, now);
  return {
    ...proposal,
    engine: 'mysql' as const,
    apply: [
      'ALTER TABLE `shop`.`orders` ADD INDEX `dbi_orders` (`customer_id`), ALGORITHM=INPLACE',
    ],
    rollback: ['ALTER TABLE `shop`.`orders` DROP INDEX `dbi_orders`'],
    evidence: {
      ...proposal.evidence,
      planner: 'rules' as const,
      confidence: 'low' as const,
      because: ['no planner was asked: it is by rules and statistics of indexes'],
      statements: withoutPlans(proposal),
    },
  };
}

const withoutPlans = ({ evidence }: ReturnType<typeof stored>) =>
  evidence.statements.map(({ planBefore: _before, planAfter: _after, ...effect }) => effect);

const scan = (more: object) => ({
  'Relation Name': 'orders',
  Schema: 'public',
  'Startup Cost': 0,
  'Plan Width': 24,
  ...more,
});
const sorted = {
  'Node Type': 'Limit',
  'Startup Cost': 8_214.9,
  'Total Cost': 8_215,
  'Plan Rows': 20,
  'Plan Width': 24,
  Plans: [
    {
      'Node Type': 'Sort',
      'Sort Key': ['created_at DESC'],
      'Startup Cost': 8_214.9,
      'Total Cost': 8_215.2,
      'Plan Rows': 118,
      'Plan Width': 24,
      Plans: [
        scan({
          'Node Type': 'Seq Scan',
          'Total Cost': 8_211,
          'Plan Rows': 118,
          Filter: '(customer_id = $1)',
        }),
      ],
    },
  ],
};
const indexed = {
  'Node Type': 'Limit',
  'Startup Cost': 0.4,
  'Total Cost': 24.5,
  'Plan Rows': 20,
  'Plan Width': 24,
  Plans: [
    scan({
      'Node Type': 'Index Scan',
      'Index Name': 'dbi_orders_customer_id',
      'Index Cond': '(customer_id = $1)',
      'Startup Cost': 0.4,
      'Total Cost': 142.6,
      'Plan Rows': 118,
    }),
  ],
};

async function packed(tree: object) {
  const plan = dialects.postgres.readPlan(JSON.stringify([{ Plan: tree }]), {
    engineVersion: '18',
    namespace: 'shop',
    collectedAt: 7,
    parameters: 'generic',
    fingerprint: { algorithm: 'recorded', value: 'f1', nativeId: '-1' },
  });
  return { hash: plan.hash, cost: 1, packed: await pack(plan) };
}

export async function adviceAnswers(now: number): Promise<Answers> {
  const all = [
    stored('adv-5fa1c85fa1c8', 7_200_000, now),
    stored('adv-1b20aa1b20aa', 960_000, now),
    dropped('adv-77c01e77c01e', now),
    stored('adv-e0e0e0e0e0e0', 9_000, now, 'Rejected'),
  ];
  const others = [
    byHand('adv-57a757a757a7', now),
    byRules('adv-2e1e5ac0ffee', now),
    stored('adv-0b5e0b5e0b5e', 960_000, now, 'Observing'),
  ];
  const plans = { before: await packed(sorted), after: await packed(indexed) };
  const [first] = all;
  return {
    ...Object.fromEntries(
      [...all, ...others].map((each) => [
        `advice/${each.id}`,
        () => ({ ...each, mayApprove: false }),
      ]),
    ),
    advice: () => ({ items: all }),
    'targets/shop/orders/advice': () => ({
      items: all,
      mode: 'propose',
      run: {
        ...makeRun(now - 3_600_000, []),
        unseen: [
          { kind: 'indexes', database: 'crm', code: 'lock_timeout' },
          {
            kind: 'table',
            database: 'shop',
            schema: 'public',
            table: 'events',
            reason: 'nested_partitions',
          },
          { kind: 'replica', name: 'orders-replica-1' },
        ],
        proposals: all.map(({ id }) => id),
      },
    }),
    'advice/adv-0b5e0b5e0b5e/plans/f1': () => ({
      id: 'adv-0b5e0b5e0b5e',
      fingerprint: 'f1',
      ...plans,
    }),
    [`advice/${first?.id}/plans/f1`]: () => ({ id: first?.id, fingerprint: 'f1', ...plans }),
  };
}
