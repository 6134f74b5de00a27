import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { dbintel, manifest } from '../support/program.ts';
import { prepareServer } from '../support/target.ts';

/** What people type, what they read, and what the exit code says. */
let server: PostgresServer;
const folder = temporaryFolder('commands');
const file = join(folder, 'orders.yaml');

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE orders (id bigint PRIMARY KEY, n int); INSERT INTO orders SELECT g, g ' +
      'FROM generate_series(1, 20000) g; GRANT SELECT ON orders TO dbintel',
  );
  // By itself: rows of its own transaction would count as written since.
  await server.sql('ANALYZE');
  const client = await server.client();
  for (let i = 0; i < 9; i += 1) await client.query(`SELECT id FROM orders WHERE n = ${i}`);
  await client.end();
  writeFileSync(file, manifest({ port: server.port }));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('dbintel analyse', () => {
  const explain = async (sql: string) => {
    const [row] = await server.sql(`EXPLAIN (FORMAT JSON, ANALYZE) ${sql}`);
    return JSON.stringify(row?.['QUERY PLAN']);
  };
  it('reads plans of a real server out of files, and says how they differ', async () => {
    const [before, after] = [join(folder, 'before.json'), join(folder, 'after.json')];
    writeFileSync(before, await explain('SELECT n FROM orders WHERE id = 7'));
    writeFileSync(after, await explain('SELECT n FROM orders WHERE id::numeric = 7'));
    const { code, stdout } = await dbintel(['analyse', before, after]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /before\.json {2}PostgreSQL, with actual figures\n.* to run · .* to plan/,
    );
    expect(stdout).toMatch(
      /critical misestimate: .*\n.*\n +with it: plan-changed: orders: SeqScan instead of IndexScan/,
    );
    expect(stdout).toMatch(/before\.json → .*after\.json\n {2}orders: SeqScan instead of/);
    const { stdout: json } = await dbintel(['analyse', before, after, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      plans: [
        { file: before, findings: [] },
        {
          findings: [
            { rule: 'scan-for-few' },
            { rule: 'misestimate', also: [{ rule: 'plan-changed' }] },
          ],
        },
      ],
      differences: [{ same: false, before, after }],
    });
  });
  it('says of a file that it is no plan, or is not there', async () => {
    writeFileSync(join(folder, 'no.json'), '{"Plan": 7}');
    expect(await dbintel(['analyse', join(folder, 'no.json')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no\.json: .*\[unparsable\]/),
    });
    expect(await dbintel(['analyse', join(folder, 'nowhere.json')])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/nowhere\.json: cannot be read \(ENOENT\)$/m),
    });
    expect(await dbintel(['analyse'])).toMatchObject({ code: 2 });
    expect(await dbintel(['analyse', '--engine', 'db2', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no engine "db2"'),
    });
  });
});

describe('dbintel', () => {
  it('helps, tells its version, and refuses what it does not know', async () => {
    expect(await dbintel(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: dbintel COMMAND'),
    });
    expect(await dbintel(['-h'])).toEqual(await dbintel(['--help']));
    expect(await dbintel(['help', 'stop'])).toEqual(await dbintel(['stop', '--help']));
    expect(await dbintel(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^dbintel \d+\.\d+\.\d+\n$/),
    });
    expect(await dbintel([])).toMatchObject({ code: 2 });
    expect(await dbintel(['frobnicate'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no command "frobnicate"'),
    });
    expect(await dbintel(['collect', '--nonsense'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--help'),
    });
    for (const cycles of ['x', '0', '1.5'])
      expect(await dbintel(['standalone', '--cycles', cycles])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('a whole number above 0'),
      });
  });
  it.each(['standalone', 'operator', 'executor', 'indexes', 'stop', 'crds', 'render'])(
    '%s --nonsense is refused',
    async (name) => {
      const { code, stderr } = await dbintel([name, '--nonsense']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('nonsense')]);
    },
  );
  it.each([
    'standalone',
    'collect',
    'validate',
    'prerequisites',
    'describe',
    'finding',
    'stop',
    'resume',
    'crds',
    'analyse',
  ])('%s --help', async (name) => {
    expect(await dbintel([name, '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`dbintel ${name}`),
    });
  });
});

describe('collect', () => {
  it('prints plans and findings', async () => {
    const { code, stdout } = await dbintel(['collect', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/shop\/orders {2}cycle 1 {2}\d+ selected \(since statistics began\)/);
    expect(stdout).toMatch(/SELECT id FROM orders WHERE n = \$1 .*ph2:/);
    expect(stdout).toContain('CREATE INDEX CONCURRENTLY ON public.orders (n);');
  });
  it('as JSON, the same facts', async () => {
    const { code, stdout } = await dbintel(['collect', file, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      batch: { cycle: { outcome: { kind: 'collected' } } },
      prerequisites: expect.arrayContaining([
        expect.objectContaining({ name: 'version', verdict: 'ok' }),
      ]),
    });
  });
  it('compares two snapshots with --window', async () => {
    const client = await server.client();
    const ended = new AbortController();
    const busy = (async () => {
      for (let i = 0; !ended.signal.aborted; i += 1) {
        await client.query(`SELECT id FROM orders WHERE n = ${i}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    })();
    const { stdout } = await dbintel(['collect', file, '--window', '1s']);
    ended.abort();
    await busy;
    await client.end();
    expect(stdout).toMatch(/selected \(last \d/);
    expect(stdout).toMatch(/coverage: \d+% of database time explained/);
  });
  it('runs nothing while an EmergencyStop stands among the manifests of its folder', async () => {
    const stop = join(folder, 'stop.yaml');
    writeFileSync(
      stop,
      'apiVersion: dbintel.io/v1alpha1\nkind: EmergencyStop\nmetadata: { name: incident }\n' +
        'spec: { scope: { all: true }, reason: incident 4711 }\n',
    );
    const { code, stdout } = await dbintel(['collect', file]);
    rmSync(stop);
    expect(code).toBe(1);
    expect(stdout).toContain('skipped emergency_stop: incident 4711');
  });
  it('--dry-run prints every statement and sends none', async () => {
    const far = join(folder, 'dry.yaml');
    // nothing listens there: a connection would fail
    writeFileSync(far, manifest({ port: 1, name: 'dry' }));
    const { code, stdout } = await dbintel(['collect', far, '--dry-run']);
    rmSync(far);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'EXPLAIN (FORMAT JSON, VERBOSE, SETTINGS, SUMMARY, GENERIC_PLAN) <statement>',
    );
    expect(stdout).toContain('pg_try_advisory_lock');
  });
  it('3 where nothing can be reached, 1 where the password is wrong, with a sentence and a code', async () => {
    const other = join(folder, 'far.yaml');
    writeFileSync(other, manifest({ port: 1, name: 'far' }));
    expect(await dbintel(['collect', other])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(
        'failed connection_failed: 127.0.0.1:1: nothing listens there',
      ),
    });
    writeFileSync(other, manifest({ port: server.port, name: 'far', password: 'wrong' }));
    expect(await dbintel(['collect', other])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('failed authentication_failed'),
    });
    rmSync(other);
  });
});

describe('validate', () => {
  it('0 for what is well, 1 with every mistake', async () => {
    expect(await dbintel(['validate', file])).toEqual({
      code: 0,
      stdout: '1 DatabaseTarget in 1 file, no mistakes\n',
      stderr: '',
    });
    const wrong = join(folder, 'wrong');
    mkdirSync(wrong);
    writeFileSync(
      join(wrong, 'a.yaml'),
      manifest({
        port: 1,
        spec: '  collection: { intervall: 60s }\n  safety: { statementTimeout: { max: 10s } }',
      }),
    );
    const { code, stdout } = await dbintel(['validate', wrong]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /a\.yaml:10 {2}spec\.collection\.intervall +unknown field; did you mean "interval"\?/,
    );
    expect(stdout).toContain('in 1 of 1 file');
    expect(JSON.parse((await dbintel(['validate', wrong, '--json'])).stdout)).toMatchObject({
      mistakes: [{ line: 10 }, { line: 11 }],
    });
    expect(await dbintel(['validate', join(folder, 'nowhere')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be read (ENOENT)'),
    });
  });
  it('warns of what is wrong in what is said of findings, which keeps nothing from running', async () => {
    const annotated = join(folder, 'annotated.yaml');
    writeFileSync(
      annotated,
      manifest({ port: 1, name: 'annotated' }).replace(
        'namespace: shop }',
        'namespace: shop, annotations: { dbintel.io/findings: "spil@f1: accepted" } }',
      ),
    );
    expect(await dbintel(['validate', annotated])).toEqual({
      code: 0,
      stdout: '1 DatabaseTarget in 1 file, no mistakes\n',
      stderr: expect.stringMatching(
        /warning: shop\/annotated: .* line 1: there is no rule "spil"; did you mean "spill"\?/,
      ),
    });
    rmSync(annotated);
  });
  it('warns of a target and a Secret that stand there twice: the program takes the first', async () => {
    const twice = join(folder, 'twice');
    mkdirSync(twice);
    for (const name of ['a.yaml', 'b.yaml'])
      writeFileSync(join(twice, name), manifest({ port: 1, name: 'twice' }));
    const { code, stderr } = await dbintel(['validate', twice]);
    expect(code).toBe(0);
    for (const label of ['shop/twice', 'the Secret shop/twice-dbintel'])
      expect(stderr).toContain(
        `b.yaml: warning: ${label} is in ${join(twice, 'a.yaml')} already, and that one counts`,
      );
    rmSync(twice, { recursive: true });
  });
  it('--connect shows prerequisites with what mends them', async () => {
    await server.sql('ALTER ROLE dbintel RESET pg_stat_statements.track');
    const { code, stdout } = await dbintel(['validate', file, '--connect']);
    await server.sql("ALTER ROLE dbintel SET pg_stat_statements.track = 'none'");
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok +version +18/);
    expect(stdout).toMatch(
      /warning +own statistics +our EXPLAINs would fill pg_stat_statements\n +remediation +ALTER ROLE dbintel SET pg_stat_statements\.track = 'none';/,
    );
    await server.sql('CREATE DATABASE bare');
    const bare = join(folder, 'bare.yaml');
    writeFileSync(bare, manifest({ port: server.port, database: 'bare', name: 'bare' }));
    expect(await dbintel(['validate', bare, '--connect'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /failed +extension[^\n]*\n +remediation +CREATE EXTENSION pg_stat_statements;/,
      ),
    });
    rmSync(bare);
  });
});

describe('the rest', () => {
  it('crds prints a CRD', async () =>
    expect((await dbintel(['crds'])).stdout).toContain('name: databasetargets.dbintel.io'));
  it('prerequisites grants no more than needed', async () => {
    const { stdout } = await dbintel([
      'prerequisites',
      '--print-sql',
      '--role',
      'watcher',
      '--schema',
      'app',
      '--schema',
      'Odd Name',
    ]);
    expect(stdout).toContain('CREATE ROLE watcher LOGIN NOSUPERUSER');
    expect(stdout).toContain('GRANT SELECT ON ALL TABLES IN SCHEMA "Odd Name" TO watcher;');
    expect(
      stdout
        .split('\n')
        .filter((line) => !line.startsWith('--'))
        .join(),
    ).not.toMatch(/pg_read_all_data|pg_monitor|GRANT (ALL|INSERT|UPDATE|DELETE|EXECUTE)/);
  });
  it.each([
    [['--engine', 'oracle'], 'there is no engine "oracle"'],
    [['--via', 'procedure'], '--via procedure is not for postgres'],
    [['--via', 'function'], '--via function needs --roles'],
    [['--roles', 'app'], '--roles is for --via function'],
    [[], 'say --print-sql'],
    [['--print-sql', '--role', 'a\nb'], 'a name holds a control character'],
  ])('prerequisites %j: says what is wrong', async (args, why) => {
    const { code, stdout, stderr } = await dbintel(['prerequisites', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Nothing was printed: ${why}.`);
  });
  it.each([
    [['colect'], 'there is no command "colect" (did you mean "collect"?)'],
    [['collect', file, '--windo', '3s'], 'Unknown option "--windo" (did you mean "--window"?)'],
    [['collect', file, '--window', '30'], '--window: "30" is no time such as 30s'],
    [['collect'], 'name one file with a target'],
    [['describe'], 'name one target'],
    [['advise', 'show'], 'show takes the ID of one proposal'],
    [['apply', 'adv-1'], '--credentials names a folder with the login of an owner'],
    [['approve'], 'name one change by its ID'],
    [['finding', 'mute', 'orders'], 'say list, accept, dismiss, snooze, reopen'],
    [['finding', 'accept', 'orders'], 'accept takes a target, a rule and a fingerprint'],
    [['resume'], 'name one stop, or say --all'],
    [['validate'], 'no file or folder is named'],
    [['analyse'], 'no file is named'],
    [
      ['finding', 'lst', 'orders'],
      'say list, accept, dismiss, snooze, reopen (did you mean "list"?)',
    ],
    [['advise', 'shw', 'adv-1'], 'name one file with a target (did you mean "show"?)'],
    [['kubectl', 'plan'], 'there is no "plan" (did you mean "plans"?)'],
    [['--hepl'], 'there is no command "--hepl" (did you mean "--help"?)'],
  ])('%j: says first what is wrong with it', async (args, why) => {
    const { code, stdout, stderr } = await dbintel(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')[0]).toContain(`: ${why}`);
    expect(stderr.split('\n').length, 'and no page of help').toBeLessThan(8);
  });
  it('validate warns of a folder without a resource', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const { code, stdout, stderr } = await dbintel(['validate', empty]);
    expect([code, stdout]).toEqual([0, '0 resources in 0 files, no mistakes\n']);
    expect(stderr).toContain(`${empty}: warning: there is no resource of dbintel`);
  });
  it('stop, list, resume', async () => {
    const data = join(folder, 'data');
    for (const [words, why] of [
      [['--all', '--namespace', 'x'], 'say one thing'],
      [['--target', 'orders'], '"orders" is no NAMESPACE/NAME'],
    ] as const)
      expect(await dbintel(['stop', ...words, '--data', data])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`Nothing was stopped: ${why}.`),
      });
    expect(await dbintel(['stop', '--list', '--data', data])).toMatchObject({
      code: 0,
      stdout: 'nothing is stopped\n',
      stderr: expect.stringContaining('EmergencyStops among the manifests are not listed here'),
    });
    const stop = JSON.parse(
      (await dbintel(['stop', '--namespace', 'shop', '--reason', 'r', '--data', data, '--json']))
        .stdout,
    ) as {
      id: string;
    };
    expect((await dbintel(['stop', '--list'], { DBINTEL_DATA: data })).stdout).toContain(
      `${stop.id}  namespace shop`,
    );
    const refused = await dbintel(['collect', file], { DBINTEL_DATA: data });
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('skipped emergency_stop: r'),
    });
    expect(await dbintel(['resume', stop.id, '--data', data])).toMatchObject({ code: 0 });
    const again = await dbintel(['stop', '--all', '--data', data]);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`no program runs with the data folder ${data}`),
    });
    const lift = /resume with: dbintel (.+)/.exec(again.stdout)?.[1]?.split(' ') ?? [];
    expect(await dbintel(lift)).toMatchObject({ code: 0 });
    expect(await dbintel(['resume', '--all', '--data', data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('until its file is removed'),
    });
  });
  it('wrong configuration is told at once, without values', async () => {
    const { code, stderr } = await dbintel(['standalone'], {
      DBINTEL_API: 'nonsense',
      DBINTEL_MAX_CYCLES: '0',
      DBINTEL_API_TOKEN: 'shortsecret',
    });
    expect(code).toBe(1);
    for (const name of ['DBINTEL_API:', 'DBINTEL_MAX_CYCLES:', 'DBINTEL_API_TOKEN:'])
      expect(stderr).toContain(name);
    expect(stderr).not.toContain('shortsecret');
  });
  it('describe of what is not there names what is', async () => {
    expect(await dbintel(['describe', 'nothing', '--data', folder])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no target named nothing'),
    });
  });
});
