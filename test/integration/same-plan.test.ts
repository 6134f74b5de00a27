import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cycleSettings } from '../../src/collection/settings.ts';
import type { ReadyStatement } from '../../src/engines/engine.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { type Plan, preorder } from '../../src/model/plan.ts';
import { until } from '../support/leaks.ts';
import { connectAs, counting } from '../support/ordinary-statements.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
} from '../support/postgres-server.ts';
import {
  cyclesOf,
  dueAgain,
  limits,
  makeTarget,
  openSession,
  prepareServer,
} from '../support/target.ts';

/** The plan is production's — its tables, its role's settings — or it says that it may not be. */
const schema = `
CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE frugal LOGIN PASSWORD 'app'; CREATE ROLE wide
  LOGIN PASSWORD 'app';
CREATE SCHEMA s1; CREATE SCHEMA s2;
CREATE TABLE public.t (id int PRIMARY KEY, v int); INSERT INTO public.t SELECT g, g % 10 FROM
  generate_series(1, 5000) g;
CREATE TABLE s1.t (id int PRIMARY KEY, v int); INSERT INTO s1.t SELECT g, g % 10 FROM
  generate_series(1, 300) g;
CREATE TABLE s2.t (id int, v int); INSERT INTO s2.t SELECT g, g % 10 FROM generate_series(1, 300) g;
CREATE TABLE s1.only_there (id int); CREATE TABLE s2.only_there (id int);
CREATE TABLE big (id int PRIMARY KEY, v int, note text); INSERT INTO big SELECT g, g % 1000, 'n'
  || g FROM generate_series(1, 30000) g;
CREATE INDEX big_v ON big (v); CREATE INDEX big_lower ON big (lower(note)); CREATE INDEX
  big_broken ON big (note);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'big_broken'::regclass;
CREATE TABLE parts (tenant int, v int) PARTITION BY LIST (tenant);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES IN (2);
GRANT USAGE ON SCHEMA s1, s2 TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA public, s1, s2 TO PUBLIC;
ALTER ROLE frugal SET enable_indexscan = off; ALTER ROLE frugal SET enable_bitmapscan = off; ALTER
  ROLE frugal SET "work_mem" = '64kB';
ALTER ROLE wide SET search_path = s2;
`;

describe.each(['14', '16', '18'] as const)('PostgreSQL %s', (version: PostgresVersion) => {
  let server: PostgresServer;
  const target = () =>
    makeTarget({
      port: server.port,
      spec: {
        collection: { minExecutionCount: 1, maxQueriesPerCycle: 100 },
        safety: {
          explains: { perSecond: 1_000, burst: 10_000 },
          databaseTimeBudget: '5%',
          statementTimeout: { min: '5s', max: '5s' },
        },
      },
    });

  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql(schema);
    await server.sql('VACUUM ANALYZE');
    await prepareServer(server, 'postgres', ['public', 's1', 's2']);
  });
  afterAll(() => server.stop());

  /** Runs the statements as that role, in statistics that hold nothing else. */
  async function run(user: string, statements: (string | [string, unknown[]])[]): Promise<void> {
    await server.sql('SELECT public.pg_stat_statements_reset()');
    const client = await connectAs(server, user, 'app');
    for (const each of statements)
      await (typeof each === 'string' ? client.query(each) : client.query(...each));
    await client.end();
  }

  /** From an empty memory. */
  async function collect(user: string): Promise<BatchQuery[]> {
    const { batch } = await cyclesOf(target()).run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    return batch.queries.filter(
      ({ stats, text }) => stats.user === user && /\b(t|big|only_there)\b/.test(text ?? ''),
    );
  }

  async function collected(
    user: string,
    statements: (string | [string, unknown[]])[],
  ): Promise<BatchQuery[]> {
    await run(user, statements);
    return collect(user);
  }
  const planOf = (query: BatchQuery | undefined): Plan => {
    if (!query || query.result.kind === 'refused') throw new Error(JSON.stringify(query?.result));
    return query.result.plan;
  };
  const schemasOf = (plan: Plan) =>
    preorder(plan.root).flatMap(({ relation }) => relation?.schema ?? []);

  it('of the table that the server’s own search path means', async () => {
    await server.sql('ALTER SYSTEM SET search_path = s1, public');
    await server.sql('SELECT pg_reload_conf()');
    const ofNewSessions = async () =>
      (await server.sql('SHOW search_path'))[0]?.['search_path'] === 's1, public';
    await until(ofNewSessions, 20_000, 'the server has its new search path');
    try {
      const queries = await collected('app', [
        'SELECT count(*) FROM t',
        'SELECT v FROM t WHERE id = 3',
      ]);
      expect(queries.map((query) => schemasOf(planOf(query)))).toEqual([['s1'], ['s1']]);
      for (const query of queries)
        expect(planOf(query).lossiness).not.toContain('identifier_differs');
    } finally {
      await server.sql('ALTER SYSTEM RESET search_path');
      await server.sql('SELECT pg_reload_conf()');
    }
  });

  it('of the table that a path set after login means, as far as the identifier tells', async () => {
    const queries = await collected('app', [
      'SET search_path = s2',
      'SELECT count(*) FROM t',
      'SELECT v FROM t WHERE id = 3',
      ['SELECT id FROM t WHERE v = $1', [3]],
    ]);
    for (const query of queries) {
      const plan = planOf(query);
      if (version === '18') expect(plan.lossiness).toContain('shared_fingerprint');
      else {
        expect(schemasOf(plan)).toEqual(['s2']);
        expect(plan.lossiness).toEqual([]);
      }
    }
    expect(queries).toHaveLength(3);
  });

  it('where no path that is known has the table: of the one that was counted', async () => {
    const [query] = await collected('app', [
      'SET search_path = s2',
      'SELECT count(*) FROM only_there',
    ]);
    if (version === '18') expect(planOf(query).lossiness).toContain('shared_fingerprint');
    else expect(schemasOf(planOf(query))).toEqual(['s2']);
  });

  it('marked, where the table that was counted is gone', async () => {
    await run('wide', ['SELECT count(*) FROM t WHERE v IS NULL']);
    await server.sql(
      'ALTER TABLE s2.t RENAME TO was_t; CREATE TABLE s2.t (id int, v int); GRANT SELECT ' +
        'ON s2.t TO PUBLIC',
    );
    try {
      const [query] = await collect('wide');
      expect(planOf(query).lossiness.includes('identifier_differs')).toBe(version !== '18');
    } finally {
      await server.sql('DROP TABLE s2.t; ALTER TABLE s2.was_t RENAME TO t');
    }
  });

  // From 18 on the server's own query id is of names, and tells nothing of it.
  if (version !== '18')
    it('marked, where a known name has become another table’s', async () => {
      const sql = ['SELECT id FROM t WHERE v = 7', 'SELECT v FROM t WHERE id = $1'];
      const statements = (): [string, unknown[]][] => [
        [sql[0] as string, []],
        [sql[1] as string, [7]],
      ];
      const cycles = cyclesOf(target(), { engine: createPostgresEngine() });
      const marks = async () => {
        const { batch } = await cycles.run();
        cycles.state = dueAgain(cycles.state);
        return batch.queries
          .filter(({ stats, text }) => stats.user === 'app' && /\bt\b/.test(text ?? ''))
          .map((query) => planOf(query).lossiness);
      };
      await run('app', statements());
      expect(await marks()).toEqual([[], []]);
      await server.sql(
        'ALTER TABLE t RENAME TO archive; CREATE TABLE t (LIKE archive); ' +
          'GRANT SELECT ON t TO PUBLIC',
      );
      expect(await marks()).toEqual([['typing_unverified'], ['typing_unverified']]);
      await server.sql('DROP TABLE t; ALTER TABLE archive RENAME TO t');
      expect(await marks()).toEqual([[], []]);
    });

  it('marked, where a temporary table hides the one that is there for all', async () => {
    const client = await connectAs(server, 'app', 'app');
    const read = async () => {
      await server.sql('SELECT public.pg_stat_statements_reset()');
      await client.query('SELECT v FROM big WHERE id = 7');
      await client.query('SELECT v FROM public.big WHERE v = 7');
      const [hidden, named] = await collect('app').then((queries) =>
        queries
          .sort((one, other) => (one.text ?? '').length - (other.text ?? '').length)
          .map((query) => planOf(query).lossiness),
      );
      return { hidden, named };
    };
    try {
      expect(await read()).toEqual({ hidden: [], named: [] });
      await client.query(
        'CREATE TEMP TABLE big AS SELECT g AS id, g AS v FROM generate_series(1, 9) g',
      );
      const { hidden, named } = await read();
      expect(hidden).not.toEqual([]);
      expect(named).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it('of a statement that somebody also had explained, where what is nested is counted', async () => {
    const texts = ['id', 'v', 'note', 'id, v', 'v, id', 'id, note'].map(
      (columns) => `SELECT ${columns} FROM big WHERE v = 7`,
    );
    await server.sql("ALTER ROLE app SET pg_stat_statements.track = 'all'");
    const explained = texts.map((text) => `EXPLAIN ANALYZE ${text}`);
    const queries = await collected('app', [...texts, ...explained]).finally(() =>
      server.sql('ALTER ROLE app RESET pg_stat_statements.track'),
    );
    const planned = queries.filter(
      ({ stats, result }) => stats.toplevel && result.kind !== 'refused',
    );
    expect(planned).toHaveLength(texts.length);
  });

  it('with the settings of the statement’s role', async () => {
    const sql = 'SELECT * FROM big WHERE id = 7';
    const [plain] = await collected('app', [sql]);
    expect(planOf(plain).root.op).toBe('IndexScan');
    expect(planOf(plain).settings).not.toHaveProperty('work_mem');
    const [frugal] = await collected('frugal', [sql]);
    expect(planOf(frugal).root.op).toBe('SeqScan');
    expect(planOf(frugal).settings).toMatchObject({ enable_indexscan: 'off', work_mem: '64kB' });
    expect(planOf(frugal).lossiness).not.toContain('settings_differ');
  });

  it('with what a literal means to the statement’s role, and without it where only a session knows', async () => {
    await server.sql('CREATE TABLE dated (id int, big date); GRANT SELECT ON dated TO PUBLIC');
    const sql = "SELECT big FROM dated WHERE big = '31.12.2020'";
    const seenRunning = async (user: string, setting: string) => {
      await server.sql('SELECT public.pg_stat_statements_reset()');
      const client = await connectAs(server, user, 'app');
      await client.query(setting);
      for (let i = 0; i < 2; i += 1) await client.query(sql);
      const [query] = await collect(user);
      await client.end();
      return planOf(query);
    };
    await server.sql("ALTER ROLE frugal SET DateStyle = 'German'");
    expect(await seenRunning('frugal', 'SELECT 1')).toMatchObject({
      parameters: 'sampled',
      lossiness: [],
    });
    await server.sql('ALTER ROLE frugal RESET DateStyle');
    expect(await seenRunning('app', "SET DateStyle = 'German'")).toMatchObject({
      parameters: 'generic',
    });
  });

  it('marked, where our own role has a setting that the statement’s has not', async () => {
    await server.sql('ALTER ROLE dbintel SET enable_hashjoin = off');
    try {
      const [query] = await collected('app', ['SELECT * FROM big WHERE id = 7']);
      expect(planOf(query).lossiness).toContain('settings_differ');
    } finally {
      await server.sql('ALTER ROLE dbintel RESET enable_hashjoin');
    }
  });

  it('with all partitions that a parameter may want, and no settings of ours', async () => {
    const texts = [
      'SELECT v AS big FROM parts WHERE tenant = 2',
      'SELECT v AS big FROM parts WHERE tenant IN (1, 2) OR tenant = 7',
      'SELECT v AS big FROM parts WHERE v > (SELECT count(*) FROM t) AND tenant = 1',
    ];
    await run('app', texts);
    const cycles = cyclesOf(target());
    const read = async () => {
      const { batch } = await cycles.run();
      cycles.state = dueAgain(cycles.state);
      return batch.queries.flatMap(({ text, result }) => {
        if (!text?.includes('parts')) return [];
        const { root, settings } = result.kind === 'explained' ? result.plan : expect.fail();
        const named = preorder(root).flatMap(({ relation }) => relation?.name ?? []);
        return [
          [
            named
              .filter((name) => name !== 't')
              .sort()
              .join(),
            Object.keys(settings).join(),
          ],
        ];
      });
    };
    const whole = texts.map(() => ['part_1,part_2', '']);
    expect(await read()).toEqual(whole);
    expect(await read()).toEqual(whole);
  });

  it('asks no more often for them than the budget grants', async () => {
    await run('app', ['SELECT v AS big FROM parts WHERE tenant = 2']);
    for (const granted of [0, 1, 2]) {
      await using session = await openSession(target());
      const { statements } = await session.snapshot();
      const of = statements.filter(({ calls }) => calls === 1);
      const ready = (await session.prepare(of)).flatMap((each) =>
        each.kind === 'ready' && each.text?.includes('parts') ? [each] : [],
      );
      expect(ready.length).toBe(1);
      let asked = 0;
      const another = () => {
        asked += 1;
        return asked <= granted;
      };
      const answer = await session.explain(ready[0] as ReadyStatement, {
        ...limits,
        timeout_ms: 5_000,
        another,
      });
      expect(answer.sent).toBeLessThanOrEqual(1 + granted);
      if (answer.kind === 'refused') expect(answer.code).toBe('rate_limited');
      else expect(preorder(answer.plan.root).length).toBeGreaterThan(1);
    }
  });

  it('says nothing of rows where the length of a list is not known', async () => {
    const list = Array.from({ length: 300 }, (_, i) => i + 1).join(', ');
    const [query] = await collected('app', [`SELECT * FROM big WHERE id IN (${list})`]);
    const plan = planOf(query);
    expect(plan.lossiness.includes('list_length_unknown')).toBe(version === '18');
    const findings = query && 'findings' in query.result ? query.result.findings : [];
    expect(findings.filter(({ rule }) => rule === 'misestimate')).toEqual([]);
  });

  it('a text that the server lost is named with what brings it back', async () => {
    const sql = 'SELECT count(*) FROM t WHERE v = 4';
    await run('app', [sql]);
    truncateSync(join(server.folder, 'data', 'pg_stat_tmp', 'pgss_query_texts.stat'));
    const { batch } = await cyclesOf(target()).run();
    const query = batch.queries.find(({ stats }) => stats.user === 'app');
    expect(query?.result).toMatchObject({
      code: 'no_sample',
      detail: expect.stringContaining('pg_stat_statements_reset('),
    });
    const remedy =
      /SELECT pg_stat_statements_reset.*?;/.exec(JSON.stringify(query?.result))?.[0] ?? '';
    await server.sql(remedy.replace('SELECT ', 'SELECT public.'));
    const left =
      "SELECT queryid FROM public.pg_stat_statements(false) WHERE userid = 'app'::regrole";
    // the next execution makes the entry anew, and its text with it
    expect(await server.sql(left)).toEqual([]);
  });

  it('an index that is invalid is named as one', async () => {
    const [query] = await collected('app', ["SELECT id FROM big WHERE note = 'n5'"]);
    const findings = query && 'findings' in query.result ? query.result.findings : [];
    expect(findings.find(({ rule }) => rule === 'full-scan')).toMatchObject({
      message: expect.stringContaining('the index big_broken is there and invalid'),
      fix:
        'DROP INDEX CONCURRENTLY public.big_broken; CREATE INDEX CONCURRENTLY ' +
        'ON public.big (note);',
    });
  });

  it.each([
    [
      'ALTER of a table with indexes',
      'ALTER TABLE big ADD COLUMN more int',
      'SELECT 1 FROM big LIMIT 1',
    ],
    [
      'REINDEX, which waits for the index alone',
      'REINDEX INDEX big_v',
      'SELECT 1 FROM big WHERE v = 1 LIMIT 1',
    ],
  ])(
    'a waiting %s: its statement has that reason, nothing of ours waits, the rest is done',
    async (_, ddl, reading) => {
      await run('app', [
        'SELECT count(*) FROM t',
        'SELECT note FROM big WHERE lower(note) = $$n7$$',
      ]);
      const [holder, altering, watch] = [
        await server.client(),
        await server.client(),
        await server.client(),
      ];
      await holder.query(`BEGIN; ${reading}`);
      const altered = altering.query(ddl);
      const waiting =
        'SELECT a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid) ' +
        'WHERE NOT l.granted AND a.usename = ';
      await until(
        async () => (await watch.query(`${waiting} 'postgres'`)).rows.length > 0,
        20_000,
        'the ALTER waits',
      );
      const waits: unknown[] = [];
      let watching = true;
      const watched = (async () => {
        while (watching) waits.push(...(await watch.query(`${waiting} 'dbintel'`)).rows);
      })();
      try {
        const queries = await collect('app');
        expect(queries.find(({ text }) => /FROM big/.test(text ?? ''))?.result).toMatchObject({
          code: 'lock_timeout',
        });
        expect(schemasOf(planOf(queries.find(({ text }) => text?.endsWith('FROM t'))))).toEqual([
          'public',
        ]);
      } finally {
        watching = false;
        await watched;
        await holder.query('ROLLBACK');
        await altered;
        for (const each of [holder, altering, watch]) await each.end();
      }
      expect(waits).toEqual([]);
      const [, after] = await collect('app');
      expect(after?.result).toHaveProperty('plan');
    },
  );
});

describe('what is sent', () => {
  const literals = 12;
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({});
    const columns = Array.from(
      { length: literals },
      (_, i) => `c${i} ${i % 2 ? 'numeric' : 'bigint'}`,
    ).join(', ');
    await server.sql(
      `CREATE ROLE app LOGIN PASSWORD 'app'; CREATE TABLE numbers (id int, ${columns}); ` +
        'GRANT SELECT ON numbers TO app',
    );
    await prepareServer(server);
  });
  afterAll(() => server.stop());

  /** `c0 = 1.5` on a bigint, `c1 = 2` on a numeric: a mixture that no guess of one kind finds. */
  async function runMixtures(count: number): Promise<void> {
    await server.sql('SELECT public.pg_stat_statements_reset()');
    const client = await connectAs(server, 'app', 'app');
    for (let k = 0; k < count; k += 1) {
      const terms = Array.from(
        { length: literals },
        (_, i) => `c${i} = ${i % 4 < 2 ? '2.5' : '2'}`,
      ).join(' AND ');
      await client.query(`SELECT id + ${k} AS n${k}, c${k} FROM numbers WHERE ${terms}`);
    }
    await client.end();
  }

  async function sentBy(spec: { collection: object; safety?: object }, cycles: number) {
    const sent = new Map<string, number[]>();
    const engine = counting(createPostgresEngine(), sent);
    const target = makeTarget({ port: server.port, spec });
    const settings = cycleSettings(target.spec);
    const began = Date.now();
    const run = cyclesOf(target, { engine });
    const batches = [];
    for (let i = 0; i < cycles; i += 1) {
      batches.push((await run.run()).batch);
      run.state = dueAgain(run.state);
    }
    return {
      state: run.state,
      batches,
      sent: [...sent.values()],
      lasted_s: (Date.now() - began) / 1_000,
      settings,
    };
  }

  it('falls where guesses are in vain, and nothing is guessed twice', async () => {
    await runMixtures(9);
    const safety = {
      explains: { perSecond: 1_000, burst: 10_000 },
      statementTimeout: { min: '5s', max: '5s' },
      databaseTimeBudget: '5%',
    };
    const { sent } = await sentBy(
      {
        collection: {
          minExecutionCount: 1,
          maxQueriesPerCycle: 9,
          exclude: { users: ['postgres'] },
        },
        safety,
      },
      2,
    );
    expect(sent.map(([first]) => first)).toEqual([7, 6, 5, 4, 3, 2, 2, 2, 2]); // 33 instead of 117
    expect(sent.map(([, second]) => second)).toEqual(Array.from({ length: 9 }, () => 1));
  });

  it('is what the budget counts: it is spent, and no statement spends more than is left', async () => {
    await runMixtures(9);
    const explains = { perSecond: 1, burst: 12 };
    const safety = {
      explains,
      statementTimeout: { min: '5s', max: '5s' },
      databaseTimeBudget: '5%',
    };
    const collection = {
      minExecutionCount: 1,
      maxQueriesPerCycle: 9,
      exclude: { users: ['postgres'] },
    };
    const { sent, batches, lasted_s } = await sentBy({ collection, safety }, 1);
    const total = sent.flat().reduce((sum, each) => sum + each, 0);
    expect(total).toBeGreaterThanOrEqual(12);
    expect(total).toBeLessThanOrEqual(12 + Math.ceil(lasted_s));
    expect(batches[0]?.cycle.unexplained).toHaveProperty('rate_limited');
  });
});
