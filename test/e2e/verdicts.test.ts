import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { dbintel, manifest, type Standalone, startStandalone } from '../support/program.ts';
import { prepareServer } from '../support/target.ts';

/** What people say of findings, on real servers: by API, command line and annotation. */
let server: PostgresServer;
const rule = 'function-on-column';
/** Often, and with a budget that a busy machine does not use up by being slow. */
const quick = {
  collection: { interval: '10s', minExecutionCount: 1 },
  safety: { databaseTimeBudget: '100%', databaseTimeBurst: '10m' },
};
/** Some cycles on a machine that is busy. */
const cycles_ms = 60_000;
const patience = { timeout: 300_000 };

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE orders (id bigint PRIMARY KEY, email text, n int); INSERT INTO orders ' +
      "SELECT g, 'c' || g, g % 10 FROM generate_series(1, 60000) g; GRANT SELECT ON " +
      'orders TO dbintel',
  );
  // By itself: rows of its own transaction would count as written since.
  await server.sql('ANALYZE');
  // What has prepared it would be selected beside the application's.
  await server.sql('SELECT pg_stat_statements_reset()');
  running = work();
});
afterAll(async () => {
  ended.abort();
  await running;
  await server.stop();
});

/** The statement runs all the time, as in production. */
const ended = new AbortController();
let running: Promise<void>;
async function work(): Promise<void> {
  const client = await server.client();
  for (let i = 0; !ended.signal.aborted; i += 1) {
    await client.query(`SELECT n FROM orders WHERE lower(email) = 'c${i}'`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await client.end();
}

interface Listed {
  rule: string;
  fingerprint: string;
  hash: string;
  verdict?: { kind: string; declared: boolean; why?: string };
}

describe('in a standalone program', patience, () => {
  let program: Standalone;
  const inYaml = Object.entries(quick)
    .map(([name, section]) => `  ${name}: ${JSON.stringify(section)}`)
    .join('\n');
  const orders = (annotation = '') =>
    manifest({ port: server.port, spec: inYaml }).replace(
      'namespace: shop }\nspec:',
      `namespace: shop${annotation} }\nspec:`,
    );
  const annotated = (...lines: string[]) =>
    orders(`, annotations: { dbintel.io/findings: ${JSON.stringify(lines.join('\n'))} }`);
  beforeAll(async () => {
    program = await startStandalone({ 'orders.yaml': orders() });
  });
  afterAll(() => program.remove());

  const path = '/api/v1/targets/shop/orders';
  const findings = async (query = ''): Promise<Listed[]> =>
    ((await program.get(`${path}/findings${query}`)).body as { items: Listed[] }).items;
  const found = async (query = '') => (await findings(query)).find((each) => each.rule === rule);
  const command = (...args: string[]) => dbintel(['finding', ...args, '--data', program.data]);
  const shown = async () => {
    const { topQueries = [], findings: open } = (
      (await program.get(path)).body as {
        status?: { topQueries?: { findings: string[] }[]; findings?: number };
      }
    ).status ?? { topQueries: [] };
    return { words: topQueries.flatMap((each) => each.findings), open };
  };

  it('the command line dismisses one: it is in no list, status or count, and comes back', async () => {
    await until(async () => (await shown()).words.includes(rule), cycles_ms, 'it is found');
    const { open = 0 } = await shown();
    const listed = JSON.parse((await command('list', 'orders', '--json')).stdout) as Listed[];
    const fingerprint = listed.find((each) => each.rule === rule)?.fingerprint ?? '';
    expect((await command('list', 'orders')).stdout).toMatch(new RegExp(`${rule} +${fingerprint}`));
    const said = ['shop/orders', rule, fingerprint, '--by', 'maria'];
    expect(await command('dismiss', ...said)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--why'),
    });
    expect(await command('dismiss', ...said, '--why', 'a nightly job')).toMatchObject({
      code: 0,
      stdout: `dismissed ${rule}@${fingerprint} of shop/orders\n`,
    });
    expect(await found()).toBeUndefined();
    expect(await found('?muted=include')).toMatchObject({
      verdict: { kind: 'dismissed', why: 'a nightly job', declared: false },
    });
    await until(async () => !(await shown()).words.includes(rule), cycles_ms, 'it is muted');
    expect((await shown()).open).toBe(open - 1);
    expect((await command('list', 'orders', '--all')).stdout).toMatch(
      /dismissed by maria: a nightly job/,
    );
    expect(await command('reopen', 'orders', rule, fingerprint)).toMatchObject({ code: 0 });
    expect(await found()).not.toHaveProperty('verdict');
    await until(async () => (await shown()).words.includes(rule), cycles_ms, 'it is back');
  });

  it('it stays muted over a new plan of the statement and a restart, until its time', async () => {
    const before = await found();
    const { fingerprint = '', hash } = before ?? {};
    expect(
      await command('snooze', 'orders', rule, fingerprint, '--until', '1d', '--json'),
    ).toMatchObject({ code: 0, stdout: expect.stringContaining('"snoozed"') });
    await program.kill('SIGTERM');
    await server.sql(
      'ALTER TABLE orders SET (parallel_workers = 2); ALTER DATABASE postgres SET ' +
        'parallel_setup_cost = 0; ALTER DATABASE postgres SET parallel_tuple_cost = 0',
    );
    // So that what was explained is explained again at once.
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(program.data, `state.db${suffix}`), { force: true });
    await program.start();
    const again = async () => (await found('?muted=include'))?.hash !== hash;
    await until(again, cycles_ms, `it is found in another plan: ${program.log().slice(-2_000)}`);
    expect(await found()).toBeUndefined();
    await until(async () => !(await shown()).words.includes(rule), cycles_ms, 'it is muted');
    await command('snooze', 'orders', rule, fingerprint, '--until', '1s');
    await until(async () => (await found()) !== undefined, cycles_ms, 'its time has come');
  });

  it('the annotation in the manifest says it, is told where it is wrong, and goes before', async () => {
    const fingerprint = (await found())?.fingerprint ?? '';
    const key = `${rule}@${fingerprint}`;
    program.write('orders.yaml', annotated(`${key}: accepted, in May`, 'function@x: accepted'));
    await until(
      async () => (await shown()).words.includes(`${rule} (accepted)`),
      cycles_ms,
      'it is accepted',
    );
    expect(program.log()).toMatch(/line 2: there is no rule \\"function\\"/);
    expect(await found()).toMatchObject({ verdict: { kind: 'accepted', declared: true } });
    expect(await command('reopen', 'orders', rule, fingerprint)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/annotation .* change it there \[verdict_refused\]/),
    });
    const answer = await fetch(`${program.api}${path}/findings/${rule}/${fingerprint}/verdict`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${program.token()}` },
    });
    expect(answer.status).toBe(409);
    program.write('orders.yaml', orders());
    await until(
      async () => (await found())?.verdict === undefined,
      cycles_ms,
      'nothing is said of it any more',
    );
  });

  it('the API takes it and tells the log; metrics count it', async () => {
    const fingerprint = (await found())?.fingerprint ?? '';
    const put = (token: string) =>
      fetch(`${program.api}${path}/findings/${rule}/${fingerprint}/verdict`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ kind: 'dismissed', why: 'a nightly job', by: 'maria' }),
      });
    expect((await put('a-wrong-token-of-some-length')).status).toBe(401);
    expect(await found()).toBeDefined();
    expect((await put(program.token())).status).toBe(200);
    expect(await found()).toBeUndefined();
    const change = /"user":"api".*"by":"maria".*"why":"a nightly job".*somebody changed something/;
    await until(async () => change.test(program.log()), 20_000, 'the log has it');
    await program.kill('SIGTERM');
    await program.start();
    const counted = `dbintel_finding_verdicts{rule="${rule}",verdict="dismissed"} 1`;
    await until(
      async () => String((await program.get(`${program.probes}/metrics`)).body).includes(counted),
      cycles_ms,
      'it is counted',
    );
  });

  it('what is not there is said', async () => {
    const said = await Promise.all([
      command('list', 'nothing'),
      command('accept', 'orders', rule, 'f0'),
      dbintel(['finding', 'list', 'orders', '--data', program.folder]),
    ]);
    expect(said.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(said[0]?.stderr).toContain('the history knows no target nothing');
    expect(said[1]?.stderr).toContain(`no open finding ${rule} at the statement f0`);
    expect(said[2]?.stderr).toContain('there is no history of a standalone program in');
    const wrong = [[], ['list'], ['ignore', 'a', 'b', 'c'], ['accept', 'orders', rule]];
    const codes = await Promise.all(wrong.map(async (args) => (await command(...args)).code));
    expect(codes).toEqual([2, 2, 2, 2]);
  });
});

describe('in a cluster', patience, () => {
  let plane: ControlPlane;
  let operator: Operator;
  let kubeconfig: string;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installCrds(plane);
    await plane.apply(namespaceManifest('shop'));
    await plane.apply(secretManifest());
    kubeconfig = plane.kubeconfig;
    operator = await startOperator({ name: 'pod-a', kubeconfig });
    await allReady([operator]);
    await plane.apply(targetManifest({ name: 'orders', port: server.port, spec: quick }));
  });
  afterAll(async () => {
    await stopOperators([operator]);
    await plane.stop();
  });
  const kubectl = (...args: string[]) =>
    dbintel(['kubectl', 'finding', ...args, '--kubeconfig', kubeconfig, '-n', 'shop']);
  const object = async () =>
    JSON.parse(await plane.kubectl(['get', 'dbt', 'orders', '-n', 'shop', '-o', 'json'])) as {
      metadata: { generation: number; annotations?: Record<string, string> };
      status?: { topQueries?: { findings: string[]; fingerprint: string }[] };
    };
  const top = async () => (await object()).status?.topQueries ?? [];
  const isRule = (each: Listed) => each.rule === rule;
  const findings = async (query = ''): Promise<Listed[]> => {
    const answer = await fetch(`${operator.api}/api/v1/targets/shop/orders/findings${query}`, {
      headers: { authorization: 'Bearer token-of-the-test' },
    });
    return ((await answer.json()) as { items: Listed[] }).items;
  };
  const words = async () => (await top()).flatMap(({ findings }) => findings);

  it('an annotation dismisses and accepts, is no new generation, and tells its mistakes', async () => {
    await until(async () => (await words()).includes(rule), cycles_ms, 'it is found');
    const fingerprint =
      (await top()).find(({ findings }) => findings.includes(rule))?.fingerprint ?? '';
    expect((await kubectl('list', 'orders')).stdout).toMatch(new RegExp(`${rule} +${fingerprint}`));
    expect(
      await kubectl('dismiss', 'orders', rule, fingerprint, '--why', 'a nightly job'),
    ).toMatchObject({ code: 0, stdout: `dismissed ${rule}@${fingerprint} of shop/orders\n` });
    const key = 'dbintel.io/findings';
    expect((await object()).metadata).toMatchObject({
      generation: 1,
      annotations: { [key]: `${rule}@${fingerprint}: dismissed, a nightly job` },
    });
    const saidOf = async () => (await findings('?muted=include')).find(isRule)?.verdict;
    await until(async () => (await saidOf())?.kind === 'dismissed', cycles_ms, 'it is muted');
    expect((await findings()).find(isRule)).toBeUndefined();
    expect((await kubectl('list', 'orders', '--all')).stdout).toContain(
      'dismissed by annotation: a nightly job',
    );
    const lines = `${rule}@${fingerprint}: accepted\nodd`;
    await plane.kubectl([
      'annotate',
      'dbt',
      'orders',
      '-n',
      'shop',
      '--overwrite',
      `${key}=${lines}`,
    ]);
    const told = async () =>
      (await plane.kubectl(['get', 'events', '-n', 'shop'])).includes('line 2: "odd" is not as');
    await until(told, cycles_ms, 'an event tells the mistake');
    await until(async () => (await saidOf())?.kind === 'accepted', cycles_ms, 'it is accepted');
    expect((await findings()).find(isRule)).toMatchObject({
      verdict: { kind: 'accepted', declared: true },
    });
  });
});
