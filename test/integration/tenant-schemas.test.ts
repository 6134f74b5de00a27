import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { createEngines } from '../../src/engines/index.ts';
import { type History, historyBackends } from '../../src/history/backends.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { preorder } from '../../src/model/plan.ts';
import { fullBucket } from '../../src/safety/token-bucket.ts';
import { connectAs } from '../support/ordinary-statements.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
  temporaryFolder,
} from '../support/postgres-server.ts';
import {
  cyclesOf,
  dueAgain,
  makeTarget,
  prepareFunctions,
  prepareServer,
  remembering,
} from '../support/target.ts';

/**
 * A schema for each tenant, and an application that sets its search_path after login: one text, and
 * up to 17 an entry for each tenant's tables. The role's own path has empty tables, and one that
 * all share.
 */
const tenants = ['acme', 'bolt', 'cord', 'dune', 'east', 'fern', 'glow'];
const texts = [
  'SELECT id FROM visit WHERE guest = 7',
  'SELECT count(*) FROM visit JOIN country c ON c.id = visit.guest',
];

const cases: { version: PostgresVersion; via: 'direct' | 'function' }[] = [
  { version: '14', via: 'direct' },
  { version: '16', via: 'direct' },
  { version: '16', via: 'function' },
  { version: '18', via: 'direct' },
];

describe.each(cases)('PostgreSQL $version, $via', ({ version, via }) => {
  let server: PostgresServer;
  let folder: string;
  let history: History;
  let cycles: ReturnType<typeof cyclesOf>;

  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql(
      "CREATE ROLE app LOGIN PASSWORD 'app'; CREATE TABLE country (id int PRIMARY KEY); " +
        'INSERT INTO country SELECT generate_series(1, 50); ' +
        'CREATE TABLE visit (id int PRIMARY KEY, guest int)',
    );
    for (const [i, tenant] of tenants.entries())
      await server.sql(
        `CREATE SCHEMA ${tenant}; CREATE TABLE ${tenant}.visit (id int PRIMARY KEY, guest int); ` +
          `INSERT INTO ${tenant}.visit SELECT i, i / 4 FROM generate_series(1, ${4_000 * i}) i; ` +
          `GRANT USAGE ON SCHEMA ${tenant} TO PUBLIC; GRANT SELECT ON ${tenant}.visit TO PUBLIC`,
      );
    await server.sql('CREATE INDEX visit_guest ON dune.visit (guest)');
    await server.sql('GRANT SELECT ON visit, country TO PUBLIC');
    await server.sql('VACUUM ANALYZE');
    if (via === 'function') await prepareFunctions(server, ['app']);
    else await prepareServer(server, 'postgres', ['public', ...tenants]);
    folder = temporaryFolder('tenant-schemas');
    history = await historyBackends.sqlite(join(folder, 'history.db'), silentLogger);
    const spec = {
      databases: { include: ['postgres'] },
      collection: { minExecutionCount: 1, maxQueriesPerCycle: 50 },
      explain: { via },
      safety: {
        explains: { perSecond: 1_000, burst: 10_000 },
        databaseTimeBudget: '5%',
        statementTimeout: { min: '5s', max: '5s' },
      },
    };
    const target = makeTarget({ port: server.port, uid: 'uid', spec });
    cycles = remembering(target, history);
  });
  afterAll(async () => {
    await history?.close();
    rmSync(folder, { recursive: true, force: true });
    await server?.stop();
  });

  async function run(of: readonly string[]): Promise<void> {
    for (const tenant of of) {
      const client = await connectAs(server, 'app', 'app');
      await client.query(`SET search_path TO ${tenant}, public`);
      for (const text of texts) for (let i = 0; i < 3; i += 1) await client.query(text);
      await client.end();
    }
  }

  async function collect(): Promise<BatchQuery[]> {
    const { batch } = await cycles.run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    await history.record(batch);
    cycles.state = dueAgain(cycles.state);
    return batch.queries.filter(
      ({ stats, text }) => stats.user === 'app' && /visit/.test(text ?? ''),
    );
  }
  const planOf = ({ result }: BatchQuery) =>
    result.kind === 'explained' ? result.plan : expect.unreachable(JSON.stringify(result));
  const tenantOf = (query: BatchQuery) =>
    preorder(planOf(query).root).find(({ relation }) => relation?.name === 'visit')?.relation
      ?.schema;

  it('has the plan of each tenant’s tables, each a statement that is called by its schema', async () => {
    await server.sql('SELECT public.pg_stat_statements_reset()');
    await run(tenants);
    const first = await collect();
    if (version === '18') {
      expect(first.map(tenantOf)).toEqual(['glow', 'glow']);
      for (const query of first) expect(planOf(query).lossiness).toContain('shared_fingerprint');
      return;
    }
    // some are looked for the next time
    for (const { result } of first)
      if (result.kind === 'refused') expect(result.code).toBe('rate_limited');
    await run(tenants);
    const [second, third] = [await collect(), (await run(tenants), await collect())];
    const seen = (queries: BatchQuery[]) =>
      queries.map((query) => [tenantOf(query), query.fingerprint.value].join(' ')).sort();
    expect(third.map(tenantOf).sort()).toEqual([...tenants, ...tenants].sort());
    expect(new Set(seen(third)).size).toBe(2 * tenants.length);
    expect(seen(second)).toEqual(seen(third));
    for (const query of third) {
      expect(planOf(query).lossiness).toEqual([]);
      expect(query.text).toContain(`FROM ${tenantOf(query)}.visit`);
      expect(query.text).not.toContain('.country');
    }
    const found = third.flatMap(({ text, result }) =>
      result.kind === 'explained' ? result.findings.map(({ rule }) => `${rule} ${text}`) : [],
    );
    expect(found.filter((each) => each.startsWith('plan-changed'))).toEqual([]);
    const scanned = found.filter((each) => each.startsWith('full-scan'));
    expect(scanned.some((each) => each.includes('glow'))).toBe(true);
    expect(scanned.some((each) => each.includes('dune'))).toBe(false);
  });

  it('says so where none of the tables is the one that was counted', async () => {
    await server.sql('SELECT public.pg_stat_statements_reset()');
    await run(['fern']);
    await server.sql('DROP SCHEMA fern CASCADE');
    const again = async () => {
      cycles.state = { ...cycles.state, explained: new Map(), failures: new Map() };
      const queries = await collect();
      expect(queries).toHaveLength(2);
      return queries;
    };
    // what has other types in one of them takes as many looks again
    for (let i = 0; i < 4; i += 1) await again();
    for (const query of await again())
      if (version === '18') expect(tenantOf(query)).toBe('glow');
      else {
        expect(tenantOf(query)).toBe('public');
        expect(planOf(query).lossiness).toEqual([
          expect.stringMatching(/^(typing_unverified|identifier_differs)$/),
        ]);
      }
    await server.sql('DROP TABLE public.visit');
    for (const query of await again())
      if (version === '18') expect(tenantOf(query)).toBe('glow');
      else expect(query.result).toMatchObject({ code: 'ambiguous_schema' });
  });
});

/** The largest are those that we may not read; columns of one name have several types. */
describe('tenants that are not all alike', () => {
  const [ofTenants, denied] = [['alma', 'bert', 'cleo', 'dora', 'enno', 'fred', 'gina'], 2];
  const types = ['int', 'int', 'int', 'bigint', 'text', 'int', 'varchar'];
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version: '16' });
    await server.sql("CREATE ROLE app LOGIN PASSWORD 'app'");
    await prepareServer(server);
    for (const [i, tenant] of ofTenants.entries()) await server.sql(made(tenant, i));
  });
  afterAll(() => server?.stop());

  const made = (tenant: string, i: number) =>
    `CREATE SCHEMA ${tenant}; CREATE TABLE ${tenant}.visit (id int PRIMARY KEY, guest ` +
    `${types[i]}); INSERT INTO ${tenant}.visit SELECT i, (i / 4)::text::${types[i]} FROM ` +
    `generate_series(1, ${9_000 - 1_000 * i}) i; ANALYZE ${tenant}.visit; GRANT USAGE ON SCHEMA ` +
    `${tenant} TO app; GRANT SELECT ON ${tenant}.visit TO app;` +
    (i < denied
      ? ''
      : `GRANT USAGE ON SCHEMA ${tenant} TO dbintel; GRANT SELECT ON ${tenant}.visit TO dbintel`);

  const all = [
    ...ofTenants.slice(denied).map((each) => `SELECT id FROM ${each}.visit WHERE guest = $1 `),
    ...Array.from({ length: denied }, () => 'insufficient_privilege'),
  ];

  function told(exclude: object = {}) {
    const spec = {
      databases: { include: ['postgres'] },
      collection: { minExecutionCount: 1, maxQueriesPerCycle: 50, exclude },
      safety: {
        explains: { perSecond: 1_000, burst: 10_000 },
        databaseTimeBudget: '5%',
        statementTimeout: { min: '5s', max: '5s' },
      },
    };
    const engine = createEngines().postgres;
    const cycles = cyclesOf(makeTarget({ port: server.port, spec }), { engine });
    const collect = async () => {
      await server.sql('SELECT public.pg_stat_statements_reset()');
      for (const tenant of ofTenants) {
        const client = await connectAs(server, 'app', 'app');
        await client.query(`SET search_path TO ${tenant}`);
        for (let i = 0; i < 3; i += 1) await client.query("SELECT id FROM visit WHERE guest = '7'");
        await client.end();
      }
      cycles.state = { ...cycles.state, explained: new Map(), failures: new Map() };
      const { batch } = await cycles.run();
      const said = batch.queries.flatMap(({ stats, text, result }) =>
        stats.user === 'app' && text?.includes('visit')
          ? [result.kind === 'explained' ? `${text} ${result.plan.lossiness}` : result.code]
          : [],
      );
      return said.sort();
    };
    return async () => {
      for (let i = 0; i < 6; i += 1) await collect();
      return collect();
    };
  }

  it('have a plan each but those that we may not read, and those of a schema made anew', async () => {
    const few = told();
    expect(await few()).toEqual(all);
    await server.sql(`DROP SCHEMA cleo CASCADE; ${made('cleo', denied)}`);
    expect(await few()).toEqual(all);
  });

  it('are left out alone', async () => {
    const [_, ...others] = all;
    expect(await told({ schemas: ['cleo'] })()).toEqual([...others, 'excluded'].sort());
  });
});

/** Each text of a tenant takes more of the server's time, and many EXPLAINs until it is found. */
it('tenants whose tables are looked for leave others their plans, and get theirs', async () => {
  const server = await startPostgres({ version: '16' });
  const [schemas, texts, others] = [12, 15, 6];
  await server.sql("CREATE ROLE app LOGIN PASSWORD 'app'");
  await prepareServer(server);
  await server.sql(
    `DO $$ BEGIN FOR i IN 1..${schemas} LOOP EXECUTE format('CREATE SCHEMA t%s; CREATE TABLE ` +
      't%1$s.visit (id int, guest int); GRANT USAGE ON SCHEMA t%1$s TO PUBLIC; GRANT SELECT ON ' +
      "t%1$s.visit TO PUBLIC', i); END LOOP; " +
      `FOR i IN 1..${others} LOOP EXECUTE format('CREATE TABLE o%s (id int); GRANT SELECT ON ` +
      "o%1$s TO PUBLIC', i); END LOOP; END $$",
  );
  const client = await connectAs(server, 'app', 'app');
  for (let i = 0; i < texts; i += 1) {
    await client.query(`SET search_path TO t${1 + (i % schemas)}`);
    const text = `SELECT id${', guest'.repeat(i)} FROM visit WHERE guest = 7`;
    for (let k = 0; k < 60; k += 1) await client.query(text);
  }
  await client.query('SET search_path TO public');
  for (let i = 1; i <= others; i += 1)
    for (let k = 0; k < 6; k += 1) await client.query(`SELECT id FROM o${i} WHERE id = 7`);
  await client.end();
  const target = makeTarget({ port: server.port });
  const { explains } = cycleSettings(target.spec);
  const cycles = cyclesOf(target, { engine: createEngines().postgres });
  const planned = new Set<string>();
  const cycle = async () => {
    const { batch } = await cycles.run();
    const { baseline: _, ...state } = cycles.state;
    cycles.state = { ...state, failures: new Map(), explains: fullBucket(explains, Date.now()) };
    for (const { stats, text = '', result } of batch.queries)
      if (result.kind === 'explained' && stats.user === 'app') planned.add(text);
  };
  const count = (which: RegExp) => [...planned].filter((text) => which.test(text)).length;
  for (let i = 0; i < 2; i += 1) await cycle();
  const soon = count(/FROM o/);
  for (let i = 0; i < 18 && count(/visit/) < texts; i += 1) await cycle();
  await server.stop();
  expect([soon, count(/visit/)]).toEqual([others, texts]);
});

describe('two thousand schemas', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version: '16' });
    await server.sql("CREATE ROLE app LOGIN PASSWORD 'app'");
    await prepareServer(server);
    for (let batch = 0; batch < 5; batch += 1)
      await server.sql(
        `DO $$ BEGIN FOR i IN ${batch * 410}..${batch * 410 + 409} LOOP EXECUTE format('CREATE ` +
          "SCHEMA t%s; CREATE TABLE t%1$s.visit (id int, guest int)', i); END LOOP; END $$",
      );
    await server.sql(
      'INSERT INTO t1234.visit SELECT i, i / 4 FROM generate_series(1, 9000) i; ANALYZE ' +
        't1234.visit; GRANT USAGE ON SCHEMA t1234, t777 TO PUBLIC; GRANT SELECT ON t1234.visit, ' +
        't777.visit TO PUBLIC; ALTER ROLE app SET search_path = t777',
    );
  });
  afterAll(() => server?.stop());

  it('are those with most pages, and those that a path or a text names', async () => {
    for (const tenant of ['t777', 't1234']) {
      const client = await connectAs(server, 'app', 'app');
      await client.query(`SET search_path TO ${tenant}`);
      await client.query('SELECT count(*) FROM visit WHERE guest = 7');
      await client.query('SELECT count(*) FROM t777.visit WHERE guest < 8');
      await client.end();
    }
    const spec = {
      databases: { include: ['postgres'] },
      collection: { minExecutionCount: 1, maxQueriesPerCycle: 50 },
      safety: { databaseTimeBudget: '5%', statementTimeout: { min: '5s', max: '5s' } },
    };
    const { batch } = await cyclesOf(makeTarget({ port: server.port, spec })).run();
    const plans = batch.queries.flatMap(({ stats, result }) =>
      stats.user === 'app' && result.kind === 'explained' ? [result.plan] : [],
    );
    expect(plans.map(({ lossiness }) => lossiness)).toEqual([[], [], []]);
    const schemas = plans.flatMap(({ root }) =>
      preorder(root).flatMap(({ relation }) => relation?.schema ?? []),
    );
    expect(schemas.sort()).toEqual(['t1234', 't777', 't777']);
  });
});
