import { describe, expect, it } from 'vitest';
import { table } from '../analysis/examples.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexLook, LookedServer } from '../model/index-look.ts';
import { emptyShape, type QueryShape } from '../model/query-shape.ts';
import { proposeDrops } from './propose-drops.ts';
import type { AdviceWish } from './run.ts';

const index = (
  name: string,
  columns: string[],
  more: Partial<CatalogIndex> = {},
): CatalogIndex => ({
  name,
  index: {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: columns.map((column) => ({ column })),
  },
  restorable: true,
  bytes: 1_000,
  valid: true,
  ...more,
});
const day = 86_400_000;
const now = 100 * day;
const seenAs = (one: CatalogIndex, unchangedSince = now): IndexLook => ({
  ...one,
  scans: 0,
  database: 'shop',
  server: { id: '1', role: 'primary', replicas: 0 },
  unchangedSince,
  seenAt: now,
});
const looks = [
  index('wide', ['a', 'b']),
  index('narrow', ['a'], { bytes: 5_000 }),
  index('left', ['c'], { valid: false, bytes: 0 }),
  index('special', ['d'], { valid: false, restorable: false }),
].map((each) => seenAs(each));
const idle = seenAs(index('idle', ['z'], { bytes: 9_000 }), now - 60 * day);
const wish: AdviceWish = {
  target: { uid: 'u', name: 'orders', namespace: 'shop' },
  engine: 'postgres',
  budgetBytes: 1,
  schemas: ['public'],
  values: 'none',
  every_ms: day,
};
const workload = { statements: [], totalMs: 1, span_ms: 1, light: 0 };
const bare = {
  fingerprint: 'f',
  nativeId: 'f',
  database: 'shop',
  weight: { calls: 1, totalMs: 1, rows: 1, tempBlocks: 0 },
};
const propose = (
  role: LookedServer['role'],
  {
    own = looks,
    connected = 0,
    elsewhere = {},
    databases = ['shop'],
    text,
    statement = text === undefined ? undefined : { text, database: 'mysql' },
    ...of
  }: Partial<AdviceWish> & {
    own?: IndexLook[];
    connected?: number;
    elsewhere?: Record<string, IndexLook[]>;
    databases?: string[];
    text?: string;
    statement?: Partial<WorkloadStatement>;
  } = {},
) =>
  proposeDrops(
    { ...wish, ...of },
    {
      engine: { ddl: async () => ({ apply: ['drop'], rollback: ['make'] }) },
      history: {
        targets: async (name: string) => [{ uid: name, namespace: 'shop', name }],
        indexes: async (uid: string) => elsewhere[uid] ?? [],
      },
    } as unknown as Parameters<typeof proposeDrops>[1],
    {
      workload: statement ? { ...workload, statements: [{ ...bare, ...statement }] } : workload,
      server: { id: '1', role, replicas: connected },
      own: new Map(databases.map((database) => [database, own])),
      now,
    },
  );

it('drops what another covers and what no plan reads, where it can be restored', async () => {
  const { proposals, unseen } = await propose('primary');
  expect(
    proposals.map(({ change }) => 'because' in change && [change.name, change.because]),
  ).toEqual([
    ['narrow', { kind: 'redundant', covered: 'wide' }],
    ['left', { kind: 'invalid' }],
  ]);
  expect(unseen).toEqual([]);
});
it('is another change in each database: an approval is for one of them', async () => {
  const { proposals } = await propose('primary', { databases: ['shop', 'archive'] });
  expect(proposals.map(({ database }) => database)).toEqual(['shop', 'shop', 'archive', 'archive']);
  for (const key of ['id', 'contentHash'] as const)
    expect(new Set(proposals.map((each) => each[key])).size).toBe(4);
});
it('drops nothing that a statement names in a hint, and would fail without', async () => {
  const text = 'SELECT * FROM `orders` FORCE INDEX ( `Narrow` ) WHERE `a` = ?';
  const { proposals } = await propose('primary', { engine: 'mysql', text });
  expect(proposals.map(({ change }) => 'name' in change && change.name)).toEqual(['left']);
});
it('frees room, saves no statement any time, and says so', async () => {
  const [first, second] = (await propose('primary')).proposals;
  expect(first).toMatchObject({
    database: 'shop',
    change: { kind: 'drop-index', name: 'narrow', because: { covered: 'wide' } },
    rollback: ['make'],
    reason: 'wide finds all that it could',
    evidence: { planner: 'catalog', sizeBytes: -5_000, benefitShare: 0, writeMsPerDay: 0 },
  });
  expect(second?.evidence.sizeBytes).toBe(0);
});
it('is silent on a replica, and of other schemas', async () => {
  const many = async (...of: Parameters<typeof propose>) => (await propose(...of)).proposals.length;
  expect(await many('standby')).toBe(0);
  expect(await many('primary', { schemas: ['other'] })).toBe(0);
  expect(await many('primary', { schemas: [] })).toBe(2);
});

it('drops of MySQL and MariaDB what has the primary key behind it, and no part of letters', async () => {
  const keys = (name: string, ...of: { column: string; letters?: number }[]) => {
    const made = index(name, []);
    return seenAs({ ...made, index: { ...made.index, keys: of } });
  };
  const own = [
    keys('a', { column: 'a' }),
    keys('a_key', { column: 'a' }, { column: 'id' }),
    keys('letters', { column: 'w', letters: 10 }),
    keys('all_letters', { column: 'w' }, { column: 'b' }),
    seenAs(index('hidden', ['c', 'd'], { hidden: true })),
    seenAs(index('beside_hidden', ['c'])),
  ];
  const { proposals } = await propose('primary', { own, engine: 'mariadb' });
  expect(proposals.map(({ change }) => 'name' in change && change.name)).toEqual(['a']);
});

describe('what another finds, and not in the order of the primary key', () => {
  const own = [
    index('user', ['user_id'], { behind: ['id'] }),
    index('user_state', ['user_id', 'state'], { behind: ['id'], bytes: 3_000 }),
  ].map((each) => seenAs(each));
  const facts = [table('orders', 9)];
  const asked = (shape: Partial<QueryShape>) =>
    propose('primary', {
      engine: 'mysql',
      own,
      statement: {
        facts,
        shape: { ...emptyShape(), comparisons: [byUser, ...(shape.comparisons ?? [])], ...shape },
      },
    });
  const byUser = { column: 'user_id', operator: '=', with: 'value' as const };
  it('may go where nobody was seen to ask for it, and says what is lost', async () => {
    const { proposals } = await asked({});
    expect(proposals[0]?.evidence.confidence).toBe('medium');
    expect(proposals[0]?.evidence.because.slice(2, 4)).toEqual([
      expect.stringContaining('in the order of id, user_state has not'),
      'user_state is 3.0 times as large: who reads many of its entries reads as much more',
    ]);
  });
  it.each<[string, Partial<QueryShape>]>([
    ['pages', { orderBy: [{ column: 'id', descending: true }] }],
    ['the next of them', { comparisons: [byUser, { ...byUser, column: 'id', operator: '>' }] }],
    ['the last one', { aggregates: [{ function: 'max', column: 'id' }] }],
  ])('stays for who asks for %s', async (_, shape) =>
    expect((await asked(shape)).proposals).toEqual([]),
  );
});

describe('what nobody reads', () => {
  const said = async (of: Parameters<typeof propose>[1]) => {
    const { proposals, unseen } = await propose('primary', { own: [idle], ...of });
    return {
      said: proposals.map(({ reason, evidence }) => [reason, evidence.confidence]),
      unseen,
    };
  };
  it('is sure where it is the only server', async () =>
    expect(await said({ replicas: [] })).toEqual({
      said: [['not used on orders, which has no replica, for 60 days', 'medium']],
      unseen: [],
    }));
  it('is not sure where the server counts only what is found', async () =>
    expect((await said({ replicas: [], engine: 'mariadb' })).said).toEqual([
      ['not used on orders, which has no replica, for 60 days', 'low'],
    ]));
  it('is not sure of an expression of which only it tells how common its values are', async () => {
    const of = { ...idle.index, keys: [{ expression: 'lower(z)' }] };
    const first = { ...idle, index: of };
    const own = [first, { ...first, name: 'other', index: { ...of, method: 'hash' }, scans: 9 }];
    const sure = async (looks: IndexLook[]) => {
      const { proposals } = await propose('primary', { own: looks, replicas: [] });
      const one = proposals.find(({ change }) => 'name' in change && change.name === 'idle');
      return [one?.evidence.confidence, one?.evidence.because.join().includes('lower(z)')];
    };
    expect(await sure([first])).toEqual(['low', true]);
    expect(await sure(own)).toEqual(['medium', false]);
  });
  it('is sure where its replicas stand still, too', async () =>
    expect(
      await said({
        replicas: ['r'],
        connected: 1,
        elsewhere: { r: [seenAs(idle, now - 50 * day)] },
      }),
    ).toEqual({ said: [['not used for 50 days on any of orders, r', 'medium']], unseen: [] }));
  it('is not used here, and no more, where there are others', async () => {
    const here = [['not used here for 60 days; other servers may use it', 'low']];
    expect((await said({})).said).toEqual(here);
    expect((await said({ replicas: [], connected: 1 })).said).toEqual(here);
  });
  it('is not told where a replica reads it, or was not looked at', async () => {
    const read = { r: [seenAs(idle, now - 3 * day)] };
    expect(await said({ replicas: ['r'], elsewhere: read })).toEqual({ said: [], unseen: [] });
    expect(await said({ replicas: ['r'] })).toEqual({
      said: [],
      unseen: [{ kind: 'replica', name: 'r' }],
    });
    const late = { r: [{ ...seenAs(idle, 1), seenAt: now - 5 * day }] };
    expect((await said({ replicas: ['r'], elsewhere: late })).unseen).toHaveLength(1);
    expect((await said({ replicas: ['r'], elsewhere: late, every_ms: 3 * day })).said).toHaveLength(
      1,
    );
  });
});
