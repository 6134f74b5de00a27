import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CycleDeps } from '../../src/collection/step.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { TableFacts } from '../../src/model/statistics.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, dueAgain, makeTarget, prepareServer } from '../support/target.ts';

/** What rules are told of a statement besides its plan, by the oldest and the newest server. */
type Context = Parameters<CycleDeps['analyse']>[1];

const collection = { minExecutionCount: 1, maxQueriesPerCycle: 100 };
const safety = { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' };

const tables = `
CREATE TABLE events (id int, at date, kind text, extra varchar(40) COLLATE "C")
  PARTITION BY RANGE (at);
CREATE TABLE events_0 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO events SELECT g, date '2024-01-01' + g % 60,
  CASE WHEN g % 10 < 8 THEN 'secret-a' END, 'x' FROM generate_series(0, 8999) g;
CREATE INDEX ON events (id);
CREATE TABLE parent (id int PRIMARY KEY, note text, state text NOT NULL);
CREATE TABLE child (parent_id int REFERENCES parent, other int REFERENCES parent);
CREATE INDEX ON child (other, parent_id);
INSERT INTO parent SELECT g, 'note', 'secret-' || g % 3 FROM generate_series(1, 3000) g;
INSERT INTO child SELECT g, g FROM generate_series(1, 3000) g;
CREATE INDEX parent_open ON parent USING hash (note) WHERE state = 'secret-1';
CREATE INDEX parent_lower ON parent (lower(note)) INCLUDE (state);
CREATE INDEX parent_pattern ON parent (note text_pattern_ops);
CREATE INDEX parent_collated ON parent (note COLLATE "POSIX");
CREATE INDEX parent_note ON parent (note);
CREATE STATISTICS parent_together ON note, state FROM parent;
CREATE VIEW open_parents AS SELECT id AS number, note FROM parent WHERE state = 'secret-1';
CREATE TABLE hidden (id int, state text);
INSERT INTO hidden SELECT g, 'secret' FROM generate_series(1, 100) g;
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON hidden USING (true);
CREATE TABLE twins (id int NOT NULL, code text, at date);
CREATE UNIQUE INDEX twins_identity ON twins (id);
CREATE UNIQUE INDEX twins_again ON twins (id);
ALTER TABLE twins REPLICA IDENTITY USING INDEX twins_identity;
CREATE UNIQUE INDEX twins_referred ON twins (code);
CREATE TABLE referring (code text REFERENCES twins (code));
CREATE UNIQUE INDEX twins_code ON twins (code);
CREATE INDEX twins_clustered ON twins (at);
ALTER TABLE twins CLUSTER ON twins_clustered;
INSERT INTO twins SELECT g, g, '2024-01-01' FROM generate_series(1, 3000) g;
GRANT SELECT ON events, parent, child, open_parents, hidden, twins TO dbintel, app;
GRANT DELETE ON twins TO dbintel, app;
GRANT DELETE, UPDATE ON parent TO dbintel, app;`;

/** As the server's statistics say it. */
function counted(text: string): string {
  let place = 0;
  return text.replaceAll(/'[^']*'|\b\d+\b/g, () => `$${(place += 1)}`);
}

describe.each(['14', '18'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  const seen = new Map<string, Context>();
  const cycles = (port: number) =>
    cyclesOf(makeTarget({ port, spec: { collection, safety } }), {
      analyse: async (plan, context) => {
        seen.set(plan.queryText ?? '', context);
        return [];
      },
    });
  /** What was told of each text in the cycle after it ran. */
  async function told(texts: readonly string[], runs = 3): Promise<Context[]> {
    seen.clear();
    const looks = cycles(server.port);
    await looks.run();
    const client = await server.client();
    await client.query('SET ROLE app');
    for (const text of texts) for (let i = 0; i < runs; i += 1) await client.query(text);
    await client.end();
    const { batch } = await looks.run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    return texts.map((text) => seen.get(counted(text)) ?? expect.fail(`${text} was not judged`));
  }

  beforeAll(async () => {
    server = await startPostgres({ version });
    await prepareServer(server);
    await server.sql(
      `CREATE ROLE app; GRANT CREATE ON SCHEMA public TO app; ALTER ROLE app SET work_mem = '64kB';
       CREATE TABLE orders (id int PRIMARY KEY, n int);
       INSERT INTO orders SELECT g, g % 10 FROM generate_series(1, 9000) g;
       GRANT SELECT ON orders TO dbintel, app`,
    );
    await server.sql(tables);
    await server.sql('VACUUM ANALYZE');
  });
  afterAll(() => server.stop());

  it('its work in the interval, and what its role is given', async () => {
    const [context] = await told(['SELECT count(*) FROM orders WHERE n > 3'], 4);
    const [{ pages }] = (await server.sql(
      "SELECT pg_relation_size('orders') / current_setting('block_size')::int AS pages",
    )) as [{ pages: string }];
    expect(context).toMatchObject({
      stats: { calls: 4, work: version === '14' ? {} : { jitMs: 0 } },
      settings: { work_mem: '64kB', join_collapse_limit: '8', random_page_cost: '4' },
    });
    expect(context?.stats.work?.pages).toBeGreaterThanOrEqual(4 * Number(pages));
    expect(context?.interval_ms).toBeGreaterThan(0);
    expect(context?.facts[0]?.allVisible).toBeGreaterThanOrEqual(0);
  });

  it('partitions that the plan reads, and what they are parts of', async () => {
    const [one, both] = await told([
      "SELECT id FROM events WHERE kind = 'x' ORDER BY at",
      'SELECT kind, count(*) FROM events GROUP BY kind',
    ]);
    const partitionOf = {
      schema: 'public',
      name: 'events',
      strategy: 'range',
      keys: ['at'],
      partitions: 2,
    };
    const names = (context: Context | undefined) =>
      context?.facts.map(({ name }) => name).toSorted();
    expect(names(both)).toEqual(['events', 'events_0', 'events_1']);
    const part = one?.facts.find(({ name }) => name === 'events_0');
    expect(part).toMatchObject({
      partitionOf,
      indexes: [{ name: 'events_0_id_idx', keys: ['id'] }],
      columns: [
        { name: 'at', type: 'date', nullable: true },
        { name: 'kind', type: 'text', distinct: 1 },
      ],
    });
    expect(part?.columns?.find(({ name }) => name === 'kind')?.nulls).toBeCloseTo(0.2, 1);
    const whole = one?.facts.find(({ name }) => name === 'events');
    expect(whole).toMatchObject({
      rows: 9_000,
      partitioned: true,
      indexes: [{ keys: ['id'], partitioned: true }],
    });
    expect(part).not.toHaveProperty('partitioned');
    expect(whole?.partitionOf).toBeUndefined();
  });

  it('tables behind a view, with the columns that it asks of', async () => {
    const [context] = await told(["SELECT number FROM open_parents WHERE note = 'x'"]);
    const parent = context?.facts.find(({ name }) => name === 'parent');
    expect(parent?.columns?.map(({ name }) => name).toSorted()).toEqual(['note', 'state']);
    expect(parent?.columns?.find(({ name }) => name === 'state')).toMatchObject({
      distinct: 3,
      nulls: 0,
      nullable: false,
    });
  });

  it('indexes, statistics and keys of a table, with no value of a column', async () => {
    const [context] = await told(['DELETE FROM parent WHERE id = 70000']);
    const [parent] = context?.facts ?? [];
    expect(parent).toMatchObject({
      name: 'parent',
      rows: 3_000,
      neverAnalyzed: false,
      writes: { inserted: 3_000 },
      extendedStatistics: [['note', 'state']],
      columns: [{ name: 'id', distinct: 3_000, commonest: 1 / 3_000, width: 4, correlation: 1 }],
      indexes: expect.arrayContaining([
        expect.objectContaining({ name: 'parent_pkey', unique: true, constraint: true }),
        expect.objectContaining({
          name: 'parent_open',
          method: 'hash',
          partial: true,
          predicate: 'state = ?::text',
        }),
        expect.objectContaining({
          name: 'parent_lower',
          keys: ['lower(note)'],
          include: ['state'],
          partial: false,
        }),
      ]),
    });
    const ordered = (parent?.indexes ?? []).flatMap(({ name, otherOrder }) =>
      otherOrder ? [name] : [],
    );
    expect(ordered.toSorted()).toEqual(['parent_collated', 'parent_pattern']);
    expect(parent?.analyzedAt).toBeGreaterThan(Date.now() - 600_000);
    const referring = { schema: 'public', name: 'child', references: ['id'], rows: 3_000 };
    const indexed = (columns: string[], is: boolean) => ({ ...referring, columns, indexed: is });
    expect(parent?.referencedBy).toHaveLength(2);
    expect(parent?.referencedBy).toEqual(
      expect.arrayContaining([indexed(['parent_id'], false), indexed(['other'], true)]),
    );
    expect(JSON.stringify(context)).not.toContain('secret');
    const [note] = await told(["UPDATE parent SET note = 'x' WHERE id = 70000"]);
    expect(note?.facts[0]).not.toHaveProperty('referencedBy');
    const [key] = await told(['UPDATE parent SET id = 80000 WHERE id = 70000']);
    expect(key?.facts[0]?.referencedBy).toHaveLength(2);
  });

  it('which indexes have to stay, whoever reads them', async () => {
    const kept = (name: string, context?: Context) =>
      context?.facts
        .find((table) => table.name === name)
        ?.indexes.flatMap((index) => (index.kept ? [index.name] : []))
        .toSorted();
    const distinct = version === '18' ? 'NULLS NOT DISTINCT' : '';
    await server.sql(`CREATE UNIQUE INDEX twins_nulls ON twins (at, id) ${distinct}`);
    const [twins, part] = await told([
      'DELETE FROM twins WHERE id = 70000',
      'SELECT kind FROM events WHERE id = 70000',
    ]);
    expect(kept('twins', twins)).toEqual([
      'twins_clustered',
      'twins_identity',
      ...(distinct ? ['twins_nulls'] : []),
      'twins_referred',
    ]);
    expect(kept('events_1', part)).toEqual(['events_1_id_idx']);
    await server.sql('DROP INDEX twins_nulls');
  });

  it('what a table refers to; a right that is missing leaves the figures of its columns out', async () => {
    const [context, hidden] = await told([
      'SELECT parent_id FROM child WHERE other = 1',
      "SELECT id FROM hidden WHERE state = 'x'",
    ]);
    expect(context?.facts[0]?.foreignKeys).toHaveLength(2);
    expect(context?.facts[0]).not.toHaveProperty('referencedBy');
    expect(hidden?.facts[0]?.columns).toEqual([
      { name: 'state', type: 'text', nullable: true, collation: expect.any(String) },
    ]);
  });

  it('of a write that the role may not plan the indexes of its table are looked at', async () => {
    await server.sql(
      `CREATE TABLE twice (id int PRIMARY KEY, a int, b int);
       CREATE INDEX one ON twice (a); CREATE INDEX both_ ON twice (a, b);
       INSERT INTO twice SELECT g, g, g FROM generate_series(1, 9000) g; ANALYZE twice;
       GRANT INSERT, SELECT ON twice TO app; GRANT SELECT ON twice TO dbintel`,
    );
    const looks = cycles(server.port);
    await looks.run();
    const client = await server.client();
    await client.query('SET ROLE app');
    const write = 'INSERT INTO twice SELECT g, g, g FROM generate_series(20001, 24000) g';
    for (let i = 0; i < 3; i += 1)
      await client.query(write.replaceAll(/\d{5}/g, (each) => String(Number(each) + i * 5_000)));
    await client.end();
    const { batch } = await looks.run();
    const found = batch.queries.find(({ text }) => text?.startsWith('INSERT INTO twice'));
    expect(found?.result).toMatchObject({
      kind: 'refused',
      code: 'insufficient_privilege',
      findings: [{ rule: 'redundant-index', nodes: [], message: expect.stringContaining('one') }],
    });
  });

  it('an index that is made since is known in the next cycle; all else counts for a while', async () => {
    const facts: TableFacts[][] = [];
    const looks = cyclesOf(makeTarget({ port: server.port, spec: { collection, safety } }), {
      engine: createEngines().postgres,
      analyse: async ({ queryText = '' }, context) => {
        if (queryText.includes('FROM remembered')) facts.push(context.facts);
        return [];
      },
    });
    await server.sql(
      'CREATE TABLE remembered (a int, b int); GRANT SELECT ON remembered TO dbintel, app; ' +
        'INSERT INTO remembered SELECT g, g FROM generate_series(1, 100) g; ANALYZE remembered',
    );
    const look = async () => {
      await server.sql('SELECT b FROM remembered WHERE a = 1');
      await looks.run();
      looks.state = dueAgain(looks.state);
    };
    await look();
    await server.sql('INSERT INTO remembered SELECT 1, 1 FROM generate_series(1, 100)');
    await server.sql('ANALYZE remembered');
    await look();
    await server.sql('CREATE INDEX ON remembered (a)');
    await look();
    expect(facts.map(([each]) => [each?.rows, each?.indexes.length])).toEqual([
      [100, 0],
      [100, 0],
      [200, 1],
    ]);
  });
});
