import { expect, it } from 'vitest';
import { compared, table } from '../analysis/examples.ts';
import { sqlOf } from '../dialects/habits.ts';
import type { StoredFinding, WorkloadStatement } from '../history/history-questions.ts';
import { indexWords } from '../model/advice-words.ts';
import { emptyShape } from '../model/query-shape.ts';
import { adviseByRules, ruledOf } from './by-rules.ts';
import type { AdviceWish, Seen } from './run.ts';

const orders = table('orders', 200_000, {
  columns: [
    { name: 'customer', type: 'int', distinct: 5_000 },
    { name: 'status', type: 'varchar', bytes: 80, distinct: 5 },
    { name: 'at', type: 'datetime', distinct: 100_000 },
  ],
});
/** Each column is compared with a value. */
const statement = (
  fingerprint: string,
  columns: string[],
  { totalMs = 100, facts = orders, writes = false } = {},
): WorkloadStatement => ({
  fingerprint,
  nativeId: '1',
  database: 'shop',
  text: `text of ${fingerprint}`,
  weight: { calls: 20, totalMs, rows: 20, tempBlocks: 0 },
  shape: {
    ...emptyShape(),
    kind: writes ? 'insert' : 'select',
    relations: [{ name: facts.name }],
    writes: writes ? [{ name: facts.name }] : [],
    filtered: true,
    comparisons: columns.map((column) => compared(column)),
  },
  facts: [facts],
});
const advises = (fingerprint: string, columns: string[], saves: number, facts = orders) =>
  ({
    fingerprint,
    rule: 'full-scan',
    message: `message of ${fingerprint}`,
    fix: `Make one. ${sqlOf('mysql').createIndex(
      facts,
      columns.map((column) => ({ column })),
    )}`,
    saves,
  }) as StoredFinding;

const options = { engine: 'mysql', totalMs: 1_000 } as const;
const said = (statements: WorkloadStatement[], findings: StoredFinding[]) =>
  ruledOf(statements, findings, options).map(
    ({ candidate: { index }, statements: of, saves }) =>
      `${indexWords(index)}: ${of.map((each) => each.fingerprint).join()} ${saves.toFixed(2)}`,
  );

it('an index of as many columns as a finding advises is proposed', () => {
  const columns = ['account', 'kind', 'state', 'at', 'region'].map((name) => ({
    name,
    type: 'int',
    distinct: 50,
  }));
  const tickets = table('tickets', 200_000, { columns });
  const names = columns.map(({ name }) => name);
  const asks = statement('a', names.slice(0, 4), { facts: tickets });
  expect(said([asks], [advises('a', names.slice(0, 4), 0.05, tickets)])).toEqual([
    'public.tickets (account, kind, state, at): a 0.05',
  ]);
  const pages = statement('b', names.slice(0, 3), { facts: tickets });
  const shape = { ...(pages.shape ?? emptyShape()), orderBy: [{ column: 'at' }] };
  const wanted = advises('b', names.slice(0, 4), 0.05, tickets);
  expect(said([{ ...pages, shape }], [wanted])).toEqual([
    'public.tickets (account, kind, state, at): b 0.05',
  ]);
});

it('an index is proposed where a finding advises that very one', () => {
  const one = [statement('a', ['customer'])];
  expect(said(one, [advises('a', ['customer'], 0.05)])).toEqual([
    'public.orders (customer): a 0.05',
  ]);
  expect(said(one, [])).toEqual([]);
  expect(said(one, [advises('b', ['customer'], 0.05)])).toEqual([]);
  expect(said(one, [advises('a', ['status'], 0.05)])).toEqual([]);
});

it('it saves no more than its statements take', () =>
  expect(said([statement('a', ['customer'])], [advises('a', ['customer'], 0.9)])).toEqual([
    'public.orders (customer): a 0.10',
  ]));

it('once for all, and none that a longer one does, too', () => {
  const all = [
    statement('a', ['customer'], { totalMs: 300 }),
    statement('b', ['customer'], { totalMs: 200 }),
    statement('c', ['customer', 'at'], { totalMs: 100 }),
  ];
  const findings = [
    advises('a', ['customer'], 0.3),
    advises('b', ['customer'], 0.2),
    advises('c', ['at', 'customer'], 0.1),
  ];
  expect(said(all, findings)).toEqual([
    'public.orders (customer): a,b 0.50',
    'public.orders (at, customer): c 0.10',
  ]);
  const longer = [
    statement('a', ['at'], { totalMs: 300 }),
    statement('c', ['customer', 'at'], { totalMs: 100 }),
  ];
  expect(said(longer, [advises('a', ['at'], 0.3), advises('c', ['at', 'customer'], 0.1)])).toEqual([
    'public.orders (at, customer): a,c 0.40',
  ]);
});

const seen = (statements: WorkloadStatement[], indexes: unknown[] = []) =>
  ({
    workload: { statements, totalMs: 1_000, span_ms: 86_400_000, light: 0 },
    listed: [{ database: 'shop', indexes }],
    worlds: [],
    unseen: [],
    server: { id: '1', role: 'primary' },
    now: 5,
  }) as unknown as Seen;
const wish = {
  target: { uid: 'uid', name: 'orders', namespace: 'shop' },
  engine: 'mysql',
  budgetBytes: 2 ** 30,
  schemas: [],
  values: 'none',
  every_ms: 86_400_000,
} as const;
const deps = (found: StoredFinding[]) =>
  ({
    engine: { ddl: async ({ kind }: { kind: string }) => ({ apply: [kind], rollback: [] }) },
    history: { findings: async () => found },
  }) as unknown as Parameters<typeof adviseByRules>[1];
const advise = async (
  statements: WorkloadStatement[],
  findings: StoredFinding[],
  { indexes = [], ...more }: { indexes?: unknown[] } & Partial<AdviceWish> = {},
) => (await adviseByRules({ ...wish, ...more }, deps(findings), seen(statements, indexes))).run;

it('says that nothing was planned, and that it is not sure', async () => {
  const run = await advise([statement('a', ['customer'])], [advises('a', ['customer'], 0.05)]);
  const [proposal] = run.proposals ?? [];
  expect(proposal).toMatchObject({
    reason: 'one statement could read it, above all: text of a',
    evidence: { planner: 'rules', confidence: 'low', benefitShare: 0.05, benefitMsPerDay: 50 },
  });
  expect(proposal?.evidence.because[0]).toBe('message of a');
  expect(proposal?.evidence.statements).toEqual([
    { fingerprint: 'a', text: 'text of a', callsPerDay: 20, msPerDay: 100 },
  ]);
});

it('proposes none that writes would pay more for, and none for next to nothing', async () => {
  const writes = statement('w', [], { totalMs: 1, writes: true });
  const busy = { ...writes, weight: { ...writes.weight, calls: 1e9, rows: 1e9 } };
  const one = [statement('a', ['customer'])];
  expect((await advise([...one, busy], [advises('a', ['customer'], 0.05)])).proposals).toEqual([]);
  expect((await advise(one, [advises('a', ['customer'], 0.001)])).proposals).toEqual([]);
});

it('stays within the budget, its schemas, and what a table may have', async () => {
  const one = [statement('a', ['customer'])];
  const found = [advises('a', ['customer'], 0.05)];
  expect((await advise(one, found, { budgetBytes: 1_000 })).proposals).toEqual([]);
  expect((await advise(one, found, { schemas: ['other'] })).proposals).toEqual([]);
  const indexes = Array.from({ length: 12 }, (_, i) => ({
    name: `i${i}`,
    index: { schema: 'public', table: 'orders', method: 'btree', keys: [{ column: `c${i}` }] },
    restorable: true,
    bytes: 1,
    valid: true,
  }));
  const full = await advise(one, found, { indexes });
  expect(full.proposals).toEqual([]);
  expect(full.unseen).toMatchObject([{ kind: 'table', reason: 'many_indexes' }]);
});

it('gives no room to what writes would pay more for, nor to one in the way of several', async () => {
  const of = (name: string, rows: number) => table(name, rows, { columns: orders.columns ?? [] });
  const [busy, large, one, two] = [
    of('busy', 400_000),
    of('large', 400_000),
    of('one', 200_000),
    of('two', 200_000),
  ] as const;
  const writes = statement('w', [], { totalMs: 1, facts: busy, writes: true });
  const all = [busy, large, one, two].map((facts) => ({
    asked: statement(facts.name, ['customer'], { facts }),
    found: advises(facts.name, ['customer'], facts === busy ? 0.09 : 0.05, facts),
  }));
  const named = async (budgetBytes: number) =>
    (
      await advise(
        [
          ...all.map(({ asked }) => asked),
          { ...writes, weight: { ...writes.weight, calls: 1e9, rows: 1e9 } },
        ],
        all.map(({ found }) => (found.fingerprint === 'large' ? { ...found, saves: 0.06 } : found)),
        { budgetBytes },
      )
    ).proposals?.map(({ change }) => 'index' in change && change.index.table);
  expect(await named(10_000_000)).toEqual(['one', 'two']);
  expect(await named(2 ** 30)).toEqual(['large', 'one', 'two']);
});
