import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Selection } from '../../src/advice/problem.ts';
import { seededRandom } from '../../src/base/random.ts';
import { bruteForce, randomProblem } from '../support/index-problems.ts';
import { until } from '../support/leaks.ts';
import { startMysql } from '../support/mysql-server.ts';
import { makeShop } from '../support/mysql-shop.ts';
import {
  cacheFolder,
  freePort,
  startPostgres,
  temporaryFolder,
} from '../support/postgres-server.ts';
import { manifest, startStandalone } from '../support/program.ts';
import { prepareMysql, prepareServer } from '../support/target.ts';
import { column, smallWorld, table } from '../support/what-if/small-world.ts';

/**
 * The program as it is shipped: bundled, in a folder of its own, with nothing but Node beside it.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = temporaryFolder('bundle');
const dist = join(folder, 'dist');

beforeAll(
  () =>
    void execFileSync(
      'node',
      ['--disable-warning=ExperimentalWarning', join(root, 'scripts/bundle.ts'), dist],
      { cwd: root },
    ),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    'node',
    ['--disable-warning=ExperimentalWarning', join(dist, 'main.js'), ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    },
  );
  return { status, stdout, stderr };
};

it('is small enough to ship, maps included', () => {
  const bytes = readdirSync(dist).reduce((sum, name) => sum + statSync(join(dist, name)).size, 0);
  expect(bytes).toBeLessThan(60 * 2 ** 20);
});

/** What BuildKit thinks of a Dockerfile: nothing, or a line for each rule that it breaks. */
const lint = (path: string) => {
  const linter = join(cacheFolder, 'dockerfile-lint-0.34.1');
  if (!existsSync(linter))
    throw new Error('the linter of Dockerfiles is missing; build it with: make tools');
  return spawnSync(linter, [path], { encoding: 'utf8' }).stdout;
};

it('its Dockerfile keeps BuildKit’s rules', () => {
  expect(lint(join(root, 'Dockerfile'))).toBe('');
  const careless = join(folder, 'Dockerfile');
  writeFileSync(
    careless,
    'FROM node:24 as build\nENV API_TOKEN=secret\nFROM build\nCMD node main.js\n',
  );
  expect(lint(careless)).toMatch(/FromAsCasing[^]*SecretsUsedInArgOrEnv[^]*JSONArgsRecommended/);
});

it('every command says what it is for', () => {
  expect(program('--version')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^dbintel \d+\.\d+\.\d+\n$/),
  });
  const commands = [...program('--help').stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(
    ([, name]) => name as string,
  );
  expect(commands.length).toBeGreaterThanOrEqual(9);
  for (const name of commands) {
    const usage = name === 'kubectl' ? 'Usage: kubectl dbintel' : `Usage: dbintel ${name}`;
    expect(program(name, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(usage),
    });
  }
  expect(program('crds').stdout).toContain('kind: CustomResourceDefinition');
  for (const engine of ['postgres', 'mysql', 'mariadb'])
    expect(program('prerequisites', '--print-sql', '--engine', engine).stdout).toContain('CREATE');
});

/** The words in a PDF, and the head of a PNG. */
const wordsOf = (pdf: string) => execFileSync('pdftotext', [pdf, '-'], { encoding: 'utf8' });
const isPng = (bytes: Buffer) => bytes.subarray(0, 4).toString('latin1') === '\u0089PNG';

it('draws, with fonts and libraries of its own', () => {
  const plan = join(root, 'examples/plans/orders-report.txt');
  for (const format of ['svg', 'html', 'png', 'pdf'])
    expect(program('render', plan, '-o', `plan.${format}`)).toMatchObject({
      status: 0,
      stderr: '',
    });
  expect(isPng(readFileSync(join(folder, 'plan.png')))).toBe(true);
  for (const text of ['Hash join', 'orders o', '33% of the time is an index lookup of items'])
    expect(wordsOf(join(folder, 'plan.pdf'))).toContain(text);
});
it('draws two plans side by side, and says what is wrong with how it is asked', () => {
  const [before, after] = ['orders-report', 'orders-report-mended'].map((name) =>
    join(root, `examples/plans/${name}.txt`),
  ) as [string, string];
  expect(program('render', after, '--compare', before, '-o', 'both.pdf').status).toBe(0);
  expect(wordsOf(join(folder, 'both.pdf'))).toContain('220 ms in the place of 522 ms');
  for (const [args, said] of [
    [[after, '-o', 'nowhere/plan.png'], 'there is no folder nowhere: mkdir -p nowhere makes it'],
    [[after, '-o', 'plan.gif'], '-o names a file that ends in .svg, .png, .pdf, .html'],
    [[after, after, after, '-o', 'plan.png'], '.png holds one plan, or two side by side'],
    [[after, '-o', 'plan.png', '--scale', '9'], '--scale is a number from 0.5 to 4'],
  ] as const)
    expect(program('render', ...args)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(said),
    });
});
it('plans what is not there, in a thread, with an extension of its own', async () => {
  const columns = [column(1, 'a', 'public.citext')];
  const workerData = {
    world: smallWorld({
      extensions: [{ name: 'citext', schema: 'public' }],
      relations: [table('t', columns)],
      collation: { provider: 'icu', bytewise: false },
    }),
    comparison: 'language',
    folder,
  };
  const worker = new Worker(join(dist, 'planner-worker.js'), { workerData });
  const next = async () => ((await once(worker, 'message')) as [unknown])[0];
  expect(await next()).toEqual({ kind: 'ready' });
  const text = 'SELECT * FROM t WHERE a = $1';
  worker.postMessage({
    id: 1,
    kind: 'plan',
    text,
    params: 1,
    searchPath: ['public'],
    settings: {},
  });
  expect(await next()).toMatchObject({ id: 1, answer: expect.stringContaining('"Seq Scan"') });
  await worker.terminate();
});
it('says so where the platform’s part of a library is not there', () => {
  for (const name of readdirSync(dist).filter((each) => each.endsWith('.node')))
    renameSync(join(dist, name), join(folder, name));
  const plan = join(root, 'examples/plans/orders-report.txt');
  expect(program('render', plan, '-o', 'none.png')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('png is not in this build'),
  });
  expect(program('render', plan, '-o', 'some.pdf').status).toBe(0);
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.node')))
    renameSync(join(folder, name), join(dist, name));
});
it('draws for whoever asks the API, in a thread beside its work', async () => {
  const server = await startPostgres();
  await server.sql('CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 1000)');
  await prepareServer(server);
  for (let i = 0; i < 6; i += 1) await server.sql('SELECT a FROM t WHERE a = 5');
  const running = await startStandalone({ 'orders.yaml': manifest({ port: server.port }) }, {}, [
    'node',
    join(dist, 'main.js'),
  ]);
  const plans = '/api/v1/targets/shop/orders/plans';
  type Listed = { items?: { fingerprint: string; hash: string }[] };
  const first = async () => ((await running.get(plans)).body as Listed).items?.[0];
  await until(async () => (await first()) !== undefined, 60_000, `a plan: ${running.log()}`);
  const { fingerprint, hash } = (await first()) ?? { fingerprint: '', hash: '' };
  const drawn = async (format: string) => {
    const answer = await fetch(
      `${running.api}${plans}/${fingerprint}/${hash}/export?format=${format}`,
      { headers: { authorization: `Bearer ${running.token()}` } },
    );
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.status, bytes.toString()).toBe(200);
    return bytes;
  };
  expect(isPng(await drawn('png'))).toBe(true);
  writeFileSync(join(folder, 'asked.pdf'), await drawn('pdf'));
  expect(wordsOf(join(folder, 'asked.pdf'))).toContain('Full scan');
  running.remove();
  await server.stop();
});

it('has the pages, compressed, and the API where it listens', async () => {
  mkdirSync(join(folder, 'none'), { recursive: true });
  const [api, probes] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const places = ['--targets', 'none', '--data', 'data', '--api', api, '--probes', probes];
  const child = spawn('node', [join(dist, 'main.js'), 'standalone', '--print', ...places], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(async () => said.includes('Ctrl-C'), 60_000, 'it says where it listens');
  const link = new URL(/http:\S+/.exec(said)?.[0] ?? '');
  expect([link.host, link.pathname]).toEqual([api, '/ui/']);
  const page = await fetch(link);
  const script = /src="(\/ui\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? '';
  const answer = await fetch(new URL(script, link), { headers: { 'accept-encoding': 'br' } });
  expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, 'br']);
  const token = decodeURIComponent(link.hash.replace('#token=', ''));
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`http://${api}/api/v1/targets`, { headers })).status).toBe(200);
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
});

it('chooses indexes, in a thread with a solver of its own', async () => {
  const problem = randomProblem({
    random: seededRandom(7),
    statements: 10,
    tables: 3,
    candidatesOfTable: 4,
    budgetShare: 0.3,
  });
  const workerData = { problem, limit_ms: 10_000 };
  const worker = new Worker(join(dist, 'solver-thread.js'), { workerData });
  const [found] = (await once(worker, 'message')) as [Selection];
  await worker.terminate();
  expect(found.method).toBe('optimal');
  expect(found.cost / bruteForce(problem)).toBeCloseTo(1, 6);
});

describe('collects', () => {
  it('from PostgreSQL', async () => {
    const server = await startPostgres();
    await server.sql('CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 1000)');
    await prepareServer(server);
    for (let i = 0; i < 6; i += 1) await server.sql('SELECT a FROM t WHERE a = 5');
    writeFileSync(join(folder, 'postgres.yaml'), manifest({ port: server.port }), { mode: 0o600 });
    const { status, stdout, stderr } = program('collect', 'postgres.yaml', '--json');
    await server.stop();
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(JSON.stringify(JSON.parse(stdout))).toContain('ph2:');
  });
  it('from MySQL, and checks it', async () => {
    const server = await startMysql();
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    for (let i = 0; i < 6; i += 1)
      await server.sql(`SELECT name FROM customers WHERE id = ${i};`, 'shop');
    writeFileSync(
      join(folder, 'mysql.yaml'),
      manifest({ engine: 'mysql', database: 'shop', port: server.port }),
      { mode: 0o600 },
    );
    const { status, stdout } = program('collect', 'mysql.yaml');
    const checked = program('validate', 'mysql.yaml', '--connect');
    const dry = program('collect', 'mysql.yaml', '--dry-run');
    await server.stop();
    expect([status, stdout]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/SELECT name FROM customers WHERE id = \?.*ph2:/i);
    expect(checked.stdout).toMatch(/ok +performance schema/);
    expect(checked.stdout).toMatch(/0 failed, \d warning/);
    expect(dry.stdout).toContain('EXPLAIN FORMAT=JSON <statement>');
  });
});
