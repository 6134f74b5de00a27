import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { type Plan, preorder } from '../../src/model/plan.ts';
import type { WorldExport, WorldIndex } from '../../src/model/world.ts';
import { createPglitePlanner } from '../../src/planner/pglite/pglite-planner.ts';
import type { ToldWorld } from '../../src/planner/planner.ts';
import { column, smallWorld, table } from '../support/what-if/small-world.ts';

/** Traps of a planner that is told of a database instead of having it, one by one. */
const folder = mkdtempSync(join(tmpdir(), 'dbintel-planner-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const planner = createPglitePlanner({ folder });
const options = { signal: new AbortController().signal, clock: systemClock };

const pages = (bytes: number) => bytes / 8_192;
const index = (name: string, definition: string, over: Partial<WorldIndex> = {}): WorldIndex => ({
  schema: 'public',
  name,
  table: 't',
  method: 'btree',
  definition,
  valid: true,
  unique: false,
  tablespace: 'pg_default',
  rows: 1_000_000,
  pages: 2_745,
  bytes: 2_745 * 8_192,
  expressions: [],
  ...over,
});
const tebibyte = 2 ** 40;
const distinct = (values: number) => ({
  own: { nulls: 0, width: 4, distinct: values, correlation: 0 },
});

/** One world for most: each takes seconds to make. */
const everything: WorldExport = smallWorld({
  schemas: ['public', 'other'],
  tablespaces: [{ name: 'fast', options: ['random_page_cost=1', 'seq_page_cost=0.5'] }],
  settings: {
    work_mem: '65536',
    max_parallel_workers_per_gather: '2',
    max_parallel_workers: '8',
    enable_hashjoin: 'on',
    random_page_cost: '4',
    ...Object.fromEntries(
      ['seqscan', 'indexscan', 'bitmapscan', 'nestloop', 'sort', 'hashagg', 'indexonlyscan'].map(
        (name) => [`enable_${name}`, 'on'],
      ),
    ),
  },
  relations: [
    table('t', [
      column(1, 'a', 'integer'),
      column(3, 'b', 'text', { own: { nulls: 0, width: 20, distinct: -1 } }),
      column(4, 'f', 'integer', distinct(50_000)),
    ]),
    table('huge', [column(1, 'a', 'integer')], {
      rows: 1e11,
      pages: pages(10 * tebibyte),
      bytes: 10 * tebibyte,
    }),
    table('small', [column(1, 'a', 'integer'), column(2, 'b', 'integer')], {
      rows: 2_000,
      pages: 20,
      bytes: 20 * 8_192,
    }),
    table('fast', [column(1, 'a', 'integer')], { tablespace: 'fast' }),
    table('map', [column(1, 'place', 'public.geometry'), column(2, 'id', 'integer')]),
    table('root', [column(1, 'a', 'integer'), column(2, 'at', 'integer')], {
      kind: 'partitioned',
      partitionKey: 'RANGE (at)',
      bytes: 0,
    }),
    ...[0, 1].map((i) =>
      table(
        `part_${i}`,
        [column(1, 'at', 'integer'), column(2, 'a', 'integer', distinct(-1 / 5))],
        {
          parents: [
            { schema: 'public', name: 'root', bound: `FOR VALUES FROM (${i}) TO (${i + 1})` },
          ],
          rows: 100_000,
          pages: 1_000,
          bytes: 1_000 * 8_192,
        },
      ),
    ),
  ],
  indexes: [
    index('t_pkey', 'CREATE UNIQUE INDEX t_pkey ON public.t USING btree (a)', {
      unique: true,
      constraint: 't_pkey',
    }),
    index('t_b', 'CREATE INDEX t_b ON public.t USING btree (b)', { pages: 5_000, bytes: 4.096e7 }),
    index('part_0_at', 'CREATE INDEX part_0_at ON public.part_0 USING btree (at)', {
      table: 'part_0',
    }),
    index('t_broken', 'CREATE INDEX t_broken ON public.t USING btree (f)', { valid: false }),
  ],
  constraints: [
    {
      schema: 'public',
      table: 't',
      name: 't_pkey',
      kind: 'primary',
      definition: 'PRIMARY KEY (a)',
    },
    {
      schema: 'public',
      table: 'small',
      name: 'small_t',
      kind: 'foreign',
      definition: 'FOREIGN KEY (a) REFERENCES public.t(a)',
    },
  ],
});

describe('a world that is told of', () => {
  let opened: Promise<ToldWorld> | undefined;
  const world = () => (opened ??= planner.open(everything, options));
  afterAll(async () => (await opened)?.[Symbol.asyncDispose]());
  const plan = async (text: string, settings = {}): Promise<Plan> =>
    (await world()).plan({ text, database: 'shop', settings }, 20_000);
  const ops = (of: Plan) => preorder(of.root).map(({ nativeOp }) => nativeOp);
  const byF = { schema: 'public', table: 't', method: 'btree', keys: [{ column: 'f' }] };

  it('has a table of 10 TiB in files of no bytes', async () => {
    const before = process.memoryUsage().rss;
    const { totals } = await plan('SELECT * FROM huge', { max_parallel_workers_per_gather: '0' });
    // rows are kept with seven digits
    expect(totals.estCost / (pages(10 * tebibyte) + 1e11 * 0.01)).toBeCloseTo(1, 6);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 2 ** 20);
  });

  it('has B-trees of the height that their size has, also those that a key refers to', async () => {
    // cpu_operator_cost * 50 for each of three levels, and the rest of a probe of a million rows
    const { root } = await plan('SELECT a FROM t WHERE a = $1');
    expect(root).toMatchObject({ nativeOp: 'Index Only Scan', est: { startupCost: 0.42 } });
  });

  it('has what it had when an index has come and gone', async () => {
    const text = 'SELECT * FROM t WHERE f = $1';
    const before = await plan(text);
    const { id, size } = await (await world()).hypothesise(byF, 'dbi_t_f');
    const during = await plan(text);
    expect(during.root.children[0]?.index?.name ?? during.root.index?.name).toBe('dbi_t_f');
    expect(size).toMatchObject({ confidence: 'high' });
    expect(pages(size.bytes)).toBeGreaterThan(800);
    expect(pages(size.bytes)).toBeLessThan(1_500);
    expect((await plan('SELECT * FROM t', {})).totals.estCost).toBe(
      (await plan('SELECT * FROM t')).totals.estCost,
    );
    await (await world()).drop(id);
    expect(await plan(text)).toMatchObject({
      hash: before.hash,
      totals: { estCost: before.totals.estCost },
    });
  });

  it('refuses an index that cannot be, and goes on', async () => {
    const text = 'SELECT * FROM t WHERE f = $1';
    const before = await plan(text);
    await expect(
      (await world()).hypothesise({ ...byF, keys: [{ column: 'nothing' }] }),
    ).rejects.toMatchObject({ code: 'unplannable' });
    expect((await plan(text)).totals.estCost).toBe(before.totals.estCost);
  });

  it('has an index of a partitioned table in each partition', async () => {
    const text = 'SELECT * FROM root WHERE a = $1';
    const before = await plan(text);
    const root = { ...byF, table: 'root', keys: [{ column: 'a' }] };
    const names = [0, 1].map((i) => ({ schema: 'public', table: `part_${i}`, name: `dbi_${i}` }));
    const { id, size } = await (await world()).hypothesise(root, 'dbi_root', names);
    expect(pages(size.bytes)).toBeGreaterThan(2 * 50);
    const during = await plan(text);
    const read = preorder(during.root).flatMap(({ index }) => index?.name ?? []);
    expect(read.toSorted()).toEqual(['dbi_0', 'dbi_1']);
    expect(during.totals.estCost).toBeLessThan(before.totals.estCost / 10);
    await (await world()).drop(id);
    expect((await plan(text)).totals.estCost).toBe(before.totals.estCost);
  });

  it('leaves a like index that a partition has as it is', async () => {
    const text = 'SELECT * FROM part_0 WHERE at = $1';
    const before = await plan(text);
    const root = { ...byF, table: 'root', keys: [{ column: 'at' }] };
    const names = [0, 1].map((i) => ({ schema: 'public', table: `part_${i}`, name: `dbi_${i}` }));
    const { id } = await (await world()).hypothesise(root, 'dbi_root', names);
    await (await world()).drop(id);
    const after = await plan(text);
    expect(preorder(after.root)[0]?.index?.name).toBe('part_0_at');
    expect(after.totals.estCost).toBe(before.totals.estCost);
  });

  it('has nothing of an index of which a partition’s cannot be made', async () => {
    const text = 'SELECT * FROM root WHERE a = $1';
    const before = await plan(text);
    const root = { ...byF, table: 'root', keys: [{ column: 'a' }] };
    const names = ['dbi_0', 'part_0_at'].map((name, i) => ({
      schema: 'public',
      table: `part_${i}`,
      name,
    }));
    await expect((await world()).hypothesise(root, 'dbi_root', names)).rejects.toMatchObject({
      code: 'unplannable',
    });
    expect((await plan(text)).totals.estCost).toBe(before.totals.estCost);
  });

  it('does not look at an index that is not valid in production', async () =>
    expect(ops(await plan('SELECT * FROM t WHERE f = $1'))).toContain('Seq Scan'));

  it('plans in parallel where production does, and as a statement’s own settings say', async () => {
    const text = 'SELECT count(*) FROM t WHERE b <> $1';
    expect(ops(await plan(text))).toContain('Gather');
    expect(ops(await plan(text, { max_parallel_workers_per_gather: '0' }))).not.toContain('Gather');
    expect(ops(await plan(text, { no_such_setting: '1' }))).toContain('Gather');
    // an unknown switch of production's version is off, one that it has is not
    expect((await plan(text)).settings).toMatchObject({ enable_self_join_elimination: 'off' });
  });

  it('takes the costs of a table’s own tablespace', async () =>
    expect(
      (await plan('SELECT * FROM fast', { max_parallel_workers_per_gather: '0' })).totals.estCost,
    ).toBe(10_000 * 0.5 + 1_000_000 * 0.01));

  it('has columns of types that it has not, but no operator of theirs', async () => {
    expect(ops(await plan('SELECT place, id FROM map WHERE id = $1'))).toContain('Seq Scan');
    for (const where of ['place && $1', "ST_Within(place, 'POINT(1 2)')"])
      await expect(plan(`SELECT id FROM map WHERE ${where}`)).rejects.toMatchObject({
        code: 'unplannable',
        message: expect.not.stringContaining('POINT'),
      });
  });

  it('compares text by bytes where production does', async () => {
    const { root } = await plan("SELECT a FROM t WHERE b LIKE 'abc%'");
    expect(preorder(root).some(({ index: of }) => of?.name === 't_b')).toBe(true);
  });
});

it('compares text by a language where production does, and has one world at a time', async () => {
  const first = await planner.open(
    { ...everything, collation: { provider: 'libc', bytewise: false } },
    options,
  );
  const other = new AbortController();
  const waiting = planner.open(everything, { ...options, signal: other.signal });
  const { root } = await first.plan(
    { text: "SELECT a FROM t WHERE b LIKE 'abc%'", database: 'shop' },
    20_000,
  );
  expect(preorder(root).some(({ index: of }) => of?.name === 't_b')).toBe(false);
  other.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'internal' });
  await first[Symbol.asyncDispose]();
  expect(readdirSync(folder).toSorted()).toEqual([
    expect.stringMatching(/^planner-\d+-bytes\.tar$/),
    expect.stringMatching(/^planner-\d+-language\.tar$/),
  ]);
});
