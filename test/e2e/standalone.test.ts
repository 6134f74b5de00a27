import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectNothingLeft, until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { dbintel, manifest, type Standalone, startStandalone } from '../support/program.ts';
import { collectorPassword, prepareServer } from '../support/target.ts';

/**
 * `dbintel standalone` as an operator of it lives with it: its files, its API, its signals, its
 * crashes.
 */
let server: PostgresServer;
let program: Standalone | undefined;

beforeAll(async () => {
  server = await startPostgres({ settings: { track_activity_query_size: '8192' } });
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE orders (id bigint PRIMARY KEY, email text, n int); INSERT INTO orders ' +
      "SELECT g, 'c' || g, g % 10 FROM generate_series(1, 30000) g; ANALYZE; GRANT SELECT " +
      'ON orders TO dbintel',
  );
});
afterEach(() => {
  program?.remove();
  program = undefined;
});
afterAll(() => server.stop());

async function workload(times = 8): Promise<void> {
  const client = await server.client();
  for (let i = 0; i < times; i += 1) {
    await client.query(`SELECT n FROM orders WHERE lower(email) = 'c${i}'`);
    await client.query('SELECT email FROM orders WHERE id = $1', [i]);
  }
  await client.end();
}

interface Entry {
  status?: {
    lastCycle?: { outcome: string; reason?: string; explained: number };
    conditions?: { type: string; status: string; reason: string }[];
  };
}
const statusOf = async ({ get }: Standalone, name = 'orders') =>
  ((await get(`/api/v1/targets/shop/${name}`)).body as Entry).status;
const collected = (which: Standalone, name = 'orders') =>
  until(
    async () => (await statusOf(which, name))?.lastCycle?.outcome === 'collected',
    60_000,
    `a collected cycle: ${which.log()}`,
  );

describe('the program', () => {
  it('collects, serves what it found, describes it, and ends well', async () => {
    await server.sql('SELECT pg_stat_statements_reset()');
    await workload();
    program = await startStandalone({ 'orders.yaml': manifest({ port: server.port }) });
    await collected(program);
    const queries = (await program.get('/api/v1/targets/shop/orders/queries')).body as {
      items: { text: string; latestHash?: string; fingerprint: string; findings: string[] }[];
    };
    const slow = queries.items.find(({ text }) => text.includes('lower(email)'));
    expect(slow).toMatchObject({
      latestHash: expect.stringMatching(/^ph2:/),
      findings: expect.arrayContaining(['function-on-column']),
    });
    const plan = await program.get(
      `/api/v1/targets/shop/orders/plans/${slow?.fingerprint}/${slow?.latestHash}`,
    );
    expect(plan).toMatchObject({
      status: 200,
      body: { plan: { root: { op: 'SeqScan', relation: { name: 'orders' } } } },
    });
    expect((await program.get('/api/v1/findings')).body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          namespace: 'shop',
          name: 'orders',
          fix: expect.stringContaining('CREATE INDEX'),
        }),
      ]),
    });
    expect((await program.get('/api/v1/openapi.json')).body).toMatchObject({
      openapi: '3.1.0',
      paths: { '/api/v1/stop': expect.anything() },
    });
    const metrics = String((await program.get(`${program.probes}/metrics`)).body);
    expect(metrics).toMatch(
      /dbintel_cycles_total\{namespace="shop",target="orders",outcome="collected",code=""\} \d/,
    );
    expect(metrics).toMatch(
      /dbintel_database_time_seconds_total\{namespace="shop",target="orders"\} \d\.\d/,
    );
    expect((await program.get(`${program.probes}/healthz`)).status).toBe(200);
    const described = await dbintel(['describe', 'orders', '--data', program.data]);
    expect(described.code).toBe(0);
    expect(described.stdout).toMatch(/Ready +True +Collecting/);
    expect(described.stdout).toMatch(
      /Top Queries:\n +\d+% {2}SELECT n FROM orders WHERE lower\(email\) = \$1/,
    );
    expect(await program.kill('SIGTERM')).toBe(0);
    await expectNothingLeft(server);
  });

  it('has its data folder for itself', async () => {
    program = await startStandalone({});
    const args = ['standalone', '--data', program.data, '--targets', program.data];
    const second = await dbintel([...args, '--api', '127.0.0.1:0', '--probes', '127.0.0.1:0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`another dbintel standalone runs on ${program.data}`);
    expect(await program.kill('SIGTERM')).toBe(0);
  });

  it('answers wrong requests with what is wrong', async () => {
    program = await startStandalone({});
    expect(await program.get('/api/v1/targets/shop/nothing')).toMatchObject({
      status: 404,
      body: { error: 'not_found', message: 'there is no target shop/nothing' },
    });
    expect(await program.get('/api/v1/findings?limit=0')).toMatchObject({ status: 400 });
    expect(await program.get('/nowhere')).toMatchObject({ status: 404 });
    // On loopback, too: others are on this machine.
    expect((await fetch(`${program.api}/api/v1/targets`)).status).toBe(401);
    // The link is for a terminal: neither the log nor what is no terminal has the token.
    expect(program.log()).toContain('dbintel standalone is ready');
    expect(program.log()).not.toContain(program.token());
    expect(await program.post('/api/v1/stop', { scope: { all: true }, reason: 'x' })).toMatchObject(
      { status: 401 },
    );
    expect(
      await program.post(
        '/api/v1/stop',
        { scope: { all: true }, reason: 'x' },
        'a-wrong-token-of-some-length',
      ),
    ).toMatchObject({
      status: 401,
    });
    expect(
      await program.post('/api/v1/stop', { scope: {}, reason: 'x' }, program.token()),
    ).toMatchObject({ status: 400 });
    const checked = await program.post(
      '/api/v1/validate',
      manifest({ port: 1, spec: '  saftey: {}' }),
      program.token(),
    );
    expect(checked).toMatchObject({
      status: 200,
      body: {
        valid: false,
        mistakes: [{ line: 10, message: 'unknown field; did you mean "safety"?' }],
      },
    });
  });

  it('an emergency stop reaches it within 2 s from another process, is told, and survives a restart', async () => {
    await workload();
    program = await startStandalone({
      'orders.yaml': manifest({ port: server.port, spec: '  collection: { interval: 10s }' }),
    });
    await collected(program);
    const stopped = await dbintel([
      'stop',
      '--target',
      'shop/orders',
      '--reason',
      'incident 4711',
      '--data',
      program.data,
    ]);
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining('incident 4711') });
    await until(
      async () => (await statusOf(program as Standalone))?.lastCycle?.reason === 'emergency_stop',
      2_000,
      'the stop is in force',
    );
    await program.kill('SIGKILL');
    await program.start();
    await until(
      async () => (await statusOf(program as Standalone))?.lastCycle?.reason === 'emergency_stop',
      20_000,
      'the stop is remembered',
    );
    expect((await program.get('/api/v1/stops')).body).toMatchObject({
      items: [{ reason: 'incident 4711', scope: { targets: ['shop/orders'] } }],
    });
    await expectNothingLeft(server);
    for (const body of [{}, { all: false }, { id: '' }, { id: 'x', all: true }])
      expect(await program.post('/api/v1/resume', body, program.token())).toMatchObject({
        status: 400,
      });
    expect(await program.post('/api/v1/resume', { id: 'another' }, program.token())).toMatchObject({
      status: 404,
      body: { message: 'there is no stop another in force' },
    });
    expect(
      (await program.post('/api/v1/resume', { all: true }, program.token())).body,
    ).toMatchObject({
      lifted: [{ reason: 'incident 4711' }],
    });
    await collected(program);
  });

  it('manifests are read again when they change; a slip of the pen ends nothing; what is removed is forgotten', async () => {
    await workload();
    program = await startStandalone({ 'orders.yaml': manifest({ port: server.port }) });
    const file = join(program.folder, 'targets/orders.yaml');
    await collected(program);
    writeFileSync(`${file}.new`, manifest({ port: server.port, spec: '  intervall: 5' }));
    renameSync(`${file}.new`, file);
    await until(
      async () => program?.log().includes('unknown field'),
      20_000,
      'the mistake is logged',
    );
    expect((await program.get('/api/v1/targets')).body).toMatchObject({
      items: [{ name: 'orders', suspend: false }],
    });
    writeFileSync(file, manifest({ port: server.port, spec: '  suspend: true' }));
    await until(
      async () => (await statusOf(program as Standalone))?.lastCycle?.reason === 'suspended',
      20_000,
      'the change is applied',
    );
    writeFileSync(file, '');
    await until(
      async () =>
        ((await (program as Standalone).get('/api/v1/targets')).body as { items: unknown[] }).items
          .length === 0,
      20_000,
      'the target is gone',
    );
    const { get, probes } = program;
    const metrics = async () => String((await get(`${probes}/metrics`)).body);
    const isForgotten = async () => !(await metrics()).includes('target="orders"');
    await until(isForgotten, 20_000, 'so are its series');
  });

  it('two targets for one database: the second is told so', async () => {
    program = await startStandalone({
      'a.yaml': manifest({ port: server.port }),
      'b.yaml': manifest({ port: server.port, name: 'twin' }),
    });
    const reasons = async () =>
      Promise.all(
        ['orders', 'twin'].map(
          async (name) =>
            (await statusOf(program as Standalone, name))?.conditions?.find(
              ({ type }) => type === 'Ready',
            )?.reason,
        ),
      );
    await until(
      async () => (await reasons()).includes('DuplicateTarget'),
      30_000,
      'one of them is a duplicate',
    );
    expect((await reasons()).filter((reason) => reason === 'DuplicateTarget')).toHaveLength(1);
  });

  it('killed in the middle of everything it starts again with what it had', async () => {
    await workload();
    program = await startStandalone({
      'orders.yaml': manifest({ port: server.port, spec: '  collection: { interval: 10s }' }),
    });
    await collected(program);
    const before = (
      (await program.get('/api/v1/targets/shop/orders/plans')).body as { items: unknown[] }
    ).items.length;
    for (let i = 0; i < 3; i += 1) {
      await program.kill('SIGKILL');
      await program.start();
      await new Promise((resolve) => setTimeout(resolve, 60 * i));
    }
    await collected(program);
    const after = (
      (await program.get('/api/v1/targets/shop/orders/plans')).body as { items: unknown[] }
    ).items.length;
    expect(before).toBeGreaterThan(0);
    expect(after).toBeGreaterThanOrEqual(before);
    const epochs = program
      .log()
      .split('\n')
      .flatMap((line) => (line.includes('"epoch"') ? [Number(JSON.parse(line).epoch)] : []));
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    await program.kill('SIGTERM');
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(program.data, `state.db${suffix}`), { force: true });
    const since = Date.now();
    const again = program;
    await again.start();
    await until(
      async () => {
        const { body } = await again.get('/api/v1/targets/shop/orders/cycles');
        const { items } = body as { items: { startedAt: number }[] };
        return items.some(({ startedAt }) => startedAt > since);
      },
      60_000,
      'what is collected with a new file of state is in the history',
    );
    await program.kill('SIGTERM');
    await expectNothingLeft(server);
  });
});

describe('with a target that hangs', () => {
  const hanging =
    '  collection: { interval: 10s, minExecutionCount: 1 }\n  safety: { allowFunctions: ' +
    '[public.stubborn], statementTimeout: { min: 5s, max: 5s } }';
  const running =
    "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' AND state = 'active' " +
    "AND query LIKE '%stubborn%'";
  beforeAll(async () => {
    await server.sql('CREATE DATABASE hanging');
    await server.sql(
      'CREATE EXTENSION pg_stat_statements; CREATE TABLE t (a int); CREATE ROLE app; ' +
        "CREATE FUNCTION stubborn() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'ALTER FUNCTION stubborn OWNER TO app; GRANT SELECT ON t TO dbintel',
      'hanging',
    );
    await server.sql('SELECT a FROM t WHERE a = stubborn()', 'hanging');
    await server.sql(
      'CREATE OR REPLACE FUNCTION stubborn() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); ' +
        'EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
      'hanging',
    );
  });
  const manifestOf = () =>
    manifest({ port: server.port, database: 'hanging', name: 'hanging', spec: hanging });

  it('a stop ends its statement on the server within 2 s, and it is told', async () => {
    program = await startStandalone({ 'hanging.yaml': manifestOf() });
    await until(async () => (await server.sql(running)).length > 0, 30_000, 'its EXPLAIN runs');
    await dbintel([
      'stop',
      '--target',
      'shop/hanging',
      '--reason',
      'it hangs',
      '--data',
      program.data,
    ]);
    await until(async () => (await server.sql(running)).length === 0, 2_000, 'it is gone');
    await until(
      async () =>
        (await statusOf(program as Standalone, 'hanging'))?.lastCycle?.reason === 'emergency_stop',
      20_000,
      'and told',
    );
    await expectNothingLeft(server);
  });

  it('a second signal cancels what runs, and the program ends', async () => {
    program = await startStandalone({ 'hanging.yaml': manifestOf() });
    await until(async () => (await server.sql(running)).length > 0, 30_000, 'its EXPLAIN runs');
    const started = performance.now();
    void program.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await program.kill('SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(3_000);
    await expectNothingLeft(server);
  });
});

describe('privacy', () => {
  it('a literal planted anywhere is nowhere to be seen', async () => {
    const canary = 'Canary4711';
    await server.sql(`CREATE TABLE vault (id int PRIMARY KEY, secret text, at date) PARTITION BY
  RANGE (id); CREATE TABLE vault_1 PARTITION OF vault FOR VALUES FROM (0) TO (20000);
      INSERT INTO vault SELECT g, '${canary}' || g, now() FROM generate_series(1, 15000) g; CREATE
        INDEX vault_partial ON vault (secret) WHERE secret > '${canary}0'; ANALYZE vault; GRANT
        SELECT ON vault TO dbintel; SELECT pg_stat_statements_reset()`);
    const texts = [
      `SELECT id FROM vault WHERE secret = '${canary}'`,
      `SELECT id FROM vault WHERE secret IN ('${canary}', '${canary}2') AND at > '2020-01-01'`,
      `SELECT id, CASE WHEN secret = '${canary}' THEN '${canary}' ELSE E'\\'${canary}' END ` +
        `FROM vault WHERE secret LIKE '${canary}%' ORDER BY secret || '${canary}' LIMIT 5`,
      `SELECT 1 /* ${canary} */ FROM vault WHERE secret = $q$${canary}$q$ -- ${canary}`,
      `WITH x AS (SELECT '${canary}'::text AS c) SELECT * FROM x JOIN vault ON vault.secret = x.c`,
      `SELECT * FROM (VALUES ('${canary}'), ('b')) v(x)`,
      `SELECT id FROM vault WHERE secret = '${canary}' AND id = (SELECT max(id) FROM vault ` +
        `WHERE secret > '${canary}')`,
    ];
    const client = await server.client();
    for (const text of texts) for (let i = 0; i < 6; i += 1) await client.query(text);
    for (let i = 0; i < 6; i += 1)
      await client.query(`SELECT '${canary}'::int`).catch(() => undefined);
    // One runs while we look, with its literal in pg_stat_activity.
    const holding = client.query(`SELECT id, pg_sleep(6) FROM vault WHERE secret = '${canary}1'`);
    program = await startStandalone({
      'orders.yaml': manifest({
        port: server.port,
        spec:
          '  collection: { maxQueriesPerCycle: 50, minExecutionCount: 1 }\n  safety: ' +
          '{ explains: { burst: 100 }, statementTimeout: { min: 1s }, databaseTimeBurst: 10m }',
      }),
    });
    await collected(program);
    const plans = (
      (await program.get('/api/v1/targets/shop/orders/plans')).body as {
        items: { fingerprint: string; hash: string }[];
      }
    ).items;
    expect(plans.length).toBeGreaterThanOrEqual(texts.length);
    const bodies = await Promise.all([
      ...['', '/queries', '/plans', '/findings', '/cycles'].map((path) =>
        program?.get(`/api/v1/targets/shop/orders${path}`),
      ),
      ...plans.map(({ fingerprint, hash }) =>
        program?.get(`/api/v1/targets/shop/orders/plans/${fingerprint}/${hash}`),
      ),
      program.get(`${program.probes}/metrics`),
    ]);
    const described = await dbintel(['describe', 'orders', '--data', program.data]);
    const once = await dbintel(['collect', join(program.folder, 'targets/orders.yaml'), '--json']);
    await holding;
    await client.end();
    await program.kill('SIGTERM');
    const files = readdirSync(program.data, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
    const everything = [
      JSON.stringify(bodies),
      described.stdout,
      once.stdout,
      once.stderr,
      program.log(),
      ...files,
    ].join('\n');
    expect(everything.length).toBeGreaterThan(10_000);
    expect(everything).not.toContain(canary);
    expect(everything).not.toContain(collectorPassword);
  });
});
