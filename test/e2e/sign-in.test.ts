import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allReady,
  namespaceManifest,
  type Operator,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import {
  type ControlPlane,
  controlPlaneBinary,
  installCrds,
  run,
  startControlPlane,
} from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

/**
 * Who may what, by a real API server's word on real tokens and RBAC: replicas with nothing but what
 * the chart grants, and ServiceAccounts for people.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const apiToken = 'token-of-the-test-that-is-shared';
let plane: ControlPlane;
let redis: RedisServer;
let kubeconfig: string;
let replicas: Operator[] = [];
const folder = temporaryFolder('sign-in');

const chart = (...values: string[]) =>
  run(controlPlaneBinary('helm'), [
    'template',
    'dbintel',
    join(root, 'helm/dbintel'),
    '--namespace',
    'sys',
    '--no-hooks',
    ...values.flatMap((each) => ['--set', each]),
  ]);
const start = (name: string) =>
  startOperator({
    name,
    kubeconfig,
    redis: redis.port,
    env: { DBINTEL_TOKEN_REVIEW: 'true', DBINTEL_API_TOKEN: apiToken },
  });
const tokenOf = async (account: string, audience = 'dbintel') =>
  (
    await plane.kubectl(['create', 'token', account, '-n', 'people', '--audience', audience])
  ).trim();
const grant = async (account: string, args: string[], namespace?: string) => {
  const kind = namespace === undefined ? 'clusterrole' : 'role';
  const within = namespace === undefined ? [] : ['-n', namespace];
  const name = `${account}-${args.join('-').replace(/[^a-z]+/g, '-')}`.slice(0, 60);
  await plane.kubectl(['create', kind, name, ...args, ...within]);
  const to = [`--${kind}=${name}`, `--serviceaccount=people:${account}`];
  await plane.kubectl(['create', `${kind}binding`, name, ...to, ...within]);
};

beforeAll(async () => {
  [plane, redis] = await Promise.all([startControlPlane(), startRedis()]);
  await installCrds(plane);
  for (const each of ['sys', 'shop', 'hr', 'people']) await plane.apply(namespaceManifest(each));
  const values = ['api.tokenReview=true', 'emergencyStop.resumeThroughApi=true'];
  await plane.apply(await chart(...values, `api.token=${apiToken}`, 'redis.endpoints={r:6379}'));
  for (const each of ['reader', 'dba', 'nobody'])
    await plane.kubectl(['create', 'serviceaccount', each, '-n', 'people']);
  const targets = '--resource=databasetargets.dbintel.io';
  await grant('reader', ['--verb=get', targets], 'shop');
  await grant('dba', ['--verb=get,patch', targets]);
  await grant('dba', ['--verb=create,delete', '--resource=emergencystops.dbintel.io']);
  // Nothing listens there: what is told of them is what this is about.
  for (const [namespace, name] of [
    ['shop', 'orders'],
    ['hr', 'wages'],
  ] as const)
    await plane.apply(targetManifest({ name, namespace, port: 1, spec: { suspend: true } }));
  kubeconfig = await plane.kubeconfigFor('dbintel', 'sys');
  replicas = [await start('pod-a')];
  await allReady(replicas);
  const names = async () =>
    ((await ask('targets', { authorization: `Bearer ${apiToken}` })).body['items'] as unknown[])
      .length;
  await until(async () => (await names()) === 2, 30_000, 'both targets are known');
});
afterAll(async () => {
  await stopOperators(replicas);
  await Promise.all([plane, redis].map((each) => each?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function ask(
  path: string,
  headers: Record<string, string>,
  body?: object,
  method = body ? 'POST' : 'GET',
  at = replicas[0],
) {
  const answer = await fetch(`${at?.api}/api/v1/${path}`, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return {
    status: answer.status,
    cookie: answer.headers.get('set-cookie') ?? '',
    body: (await answer.json()) as Record<string, unknown>,
  };
}
const suspend = async (value: boolean) => {
  for (const path of ['shop orders', 'hr wages']) {
    const [namespace = '', name = ''] = path.split(' ');
    const patch = ['--type=merge', '-p', JSON.stringify({ spec: { suspend: value } })];
    await plane.kubectl(['patch', 'dbt', name, '-n', namespace, ...patch]);
  }
};
/** What the replica tells as a stream, while both targets change. */
async function listen(headers: Record<string, string>): Promise<string> {
  const ended = new AbortController();
  const url = `${replicas[0]?.api}/api/v1/events?topics=fleet,stops`;
  const answer = await fetch(url, { headers, signal: ended.signal });
  let text = '';
  const heard = (async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  })();
  await suspend(false);
  await until(async () => text.includes('"set":[['), 30_000, `a row is told: ${text}`);
  // What is not for these ears would have come by then, too.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  ended.abort();
  await heard.catch((error: Error) => expect(error.name).toBe('AbortError'));
  await suspend(true);
  return text;
}
const bearer = async (account: string) => ({ authorization: `Bearer ${await tokenOf(account)}` });
const browserAt = ({ api }: Operator) => ({ origin: api, 'sec-fetch-site': 'same-origin' });

describe('a ServiceAccount’s token', () => {
  it('reads what its rights show: the rest is not there, in no list and under no name', async () => {
    const reader = await bearer('reader');
    const { items } = (await ask('targets', reader)).body as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(['orders']);
    expect((await ask('targets/shop/orders', reader)).status).toBe(200);
    for (const path of ['', '/queries', '/plans', '/findings', '/verdicts', '/cycles'])
      expect((await ask(`targets/hr/wages${path}`, reader)).status).toBe(404);
    for (const path of ['fleet', 'fleet?group=namespace', 'findings', 'stops']) {
      const { status, body } = await ask(path, reader);
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body)).not.toMatch(/"hr"|wages/);
    }
    expect((await ask('fleet', reader)).body).toMatchObject({ total: 1 });
    for (const path of ['fleet?q=wages', 'fleet?ns=hr'])
      expect((await ask(path, reader)).body).toMatchObject({ total: 0, rows: [] });
    const told = await listen(reader);
    expect(told).toContain('"targets":1');
    expect(told).toContain('orders');
    expect(told).not.toMatch(/"hr"|wages/);
    expect((await ask('session', reader)).body).toEqual({
      user: 'system:serviceaccount:people:reader',
      kind: 'user',
      missing: expect.any(Array),
      mayRead: ['shop'],
      mayStop: false,
      mayResume: false,
      mayCheck: false,
      mayJudge: false,
    });
  });
  it('without any right sees nothing', async () => {
    const nobody = await bearer('nobody');
    expect((await ask('targets', nobody)).body).toEqual({ items: [] });
    expect((await ask('targets/shop/orders', nobody)).status).toBe(404);
  });
  it('changes what its rights say, under its own name', async () => {
    const [reader, dba] = [await bearer('reader'), await bearer('dba')];
    const stop = { scope: { namespaces: ['hr'] }, reason: 'incident 4711' };
    const refused = await ask('stop', reader, stop);
    expect([refused.status, refused.body['message']]).toEqual([
      403,
      expect.stringContaining('the right to create emergencystops is missing'),
    ]);
    // The API server takes the commands that are told to give them.
    const { missing } = (await ask('session', reader)).body as { missing: { grant: string[] }[] };
    const commands = missing.flatMap(({ grant }) => grant);
    expect(commands).toHaveLength(8);
    for (const command of commands) {
      const [, ...words] = command.split(' ');
      await plane.kubectl([...words, '--dry-run=server']);
    }
    expect((await ask('session', dba)).body).toMatchObject({
      mayRead: 'all',
      mayStop: true,
      mayResume: true,
      mayCheck: false,
      mayJudge: true,
    });
    const made = await ask('stop', dba, stop);
    const by = 'system:serviceaccount:people:dba';
    expect(made).toMatchObject({ status: 200, body: { by, reason: 'incident 4711' } });
    const path = '{.metadata.annotations.dbintel\\.io/stopped-by}';
    const id = String(made.body['id']);
    expect(await plane.kubectl(['get', 'estop', id, '-o', `jsonpath=${path}`])).toBe(by);
    // A stop of what one may not read is not there either.
    expect((await ask('stops', reader)).body).toEqual({ items: [] });
    expect((await ask('stops', dba)).body).toMatchObject({ items: [{ id, by }] });
    expect((await ask('resume', reader, { id })).status).toBe(403);
    expect((await ask('resume', dba, { id })).status).toBe(200);
    const lines = () =>
      (replicas[0] as Operator)
        .log()
        .split('\n')
        .filter((line) => line.includes('somebody changed something'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await until(async () => lines().length === 4, 20_000, 'each change is told');
    expect(lines().map(({ user, change, status, why }) => [user, change, status, why])).toEqual([
      ['system:serviceaccount:people:reader', 'POST /api/v1/stop', 403, 'incident 4711'],
      [by, 'POST /api/v1/stop', 200, 'incident 4711'],
      ['system:serviceaccount:people:reader', 'POST /api/v1/resume', 403, undefined],
      [by, 'POST /api/v1/resume', 200, undefined],
    ]);
  });
  it('for somebody else’s ears is none', async () => {
    for (const token of [
      await tokenOf('dba', 'https://kubernetes.default.svc'),
      await tokenOf('dba', 'another'),
      'eyJhbGciOiJub25lIn0.e30.x',
    ])
      expect((await ask('targets', { authorization: `Bearer ${token}` })).status).toBe(401);
  });
});

describe('a session', () => {
  it('of one replica is one of every other, and keeps nobody’s rights', async () => {
    const [a] = replicas as [Operator];
    const b = await start('pod-b');
    replicas.push(b);
    await allReady(replicas);
    const token = await tokenOf('reader');
    const signed = await ask('session', browserAt(a), { token });
    expect(signed).toMatchObject({ status: 200, body: { mayRead: ['shop'] } });
    // No longer than its token, of an hour.
    expect(Number(signed.body['expiresAt'])).toBeLessThan(Date.now() + 3_700_000);
    const value = /^[^=]+=([^;]+);/.exec(signed.cookie)?.[1];
    const at = ({ api }: Operator) => ({
      ...browserAt({ api } as Operator),
      cookie: `dbintel-${new URL(api).port}=${value}`,
    });
    for (const replica of [a, b])
      expect((await ask('session', at(replica), undefined, 'GET', replica)).body).toMatchObject({
        user: 'system:serviceaccount:people:reader',
      });
    expect((await ask('targets/hr/wages', at(b), undefined, 'GET', b)).status).toBe(404);
    const silent = { cookie: at(b).cookie };
    const stop = { scope: { all: true }, reason: 'x' };
    expect((await ask('stop', silent, stop, 'POST', b)).status).toBe(403);
    for (const replica of replicas) {
      expect(replica.log()).not.toContain(token);
      expect(replica.log()).not.toContain(String(value));
      expect(replica.log()).not.toMatch(/"level":"error"/);
    }
  });
});

/** Plays kubelet's part, which this control plane has not; everything else is the real kubectl. */
function kubectlThatForwards(): string {
  const path = join(folder, 'bin');
  mkdirSync(path, { recursive: true });
  const forward = join(folder, 'forward.mjs');
  const to = new URL((replicas[0] as Operator).api).port;
  writeFileSync(
    forward,
    `import { connect, createServer } from 'node:net';
     const server = createServer((peer) => {
       const there = connect(${to}, '127.0.0.1');
       peer.pipe(there).pipe(peer);
       const end = () => { peer.destroy(); there.destroy(); };
       for (const each of [peer, there]) each.on('error', end);
     });
     server.listen(0, '127.0.0.1', () =>
       console.log('Forwarding from 127.0.0.1:' + server.address().port + ' -> 8080'));
     process.once('SIGTERM', () => process.exit(0));`,
  );
  writeFileSync(
    join(path, 'kubectl'),
    `#!/bin/sh
case " $* " in *" port-forward "*) exec ${process.execPath} ${forward};; esac
exec ${controlPlaneBinary('kubectl')} "$@"
`,
  );
  // What would be a browser writes down what it is asked to open.
  writeFileSync(join(path, 'xdg-open'), `#!/bin/sh\ncat "$1" > ${folder}/opened.html\n`);
  for (const each of ['kubectl', 'xdg-open']) chmodSync(join(path, each), 0o755);
  return path;
}

describe('kubectl dbintel ui', () => {
  const begin = (args: string[], config = plane.kubeconfig) => {
    const child: ChildProcess = spawn(
      join(root, 'bin/kubectl-dbintel'),
      ['ui', '--kubeconfig', config, ...args],
      {
        env: { ...process.env, PATH: `${kubectlThatForwards()}:${process.env['PATH']}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const said = { text: '' };
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said.text += chunk.toString();
      });
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, said, code };
  };
  const linkOf = async (said: { text: string }) => {
    await until(async () => /Ctrl-C/.test(said.text), 60_000, `it prints a link: ${said.text}`);
    return new URL(/http:\S+/.exec(said.text)?.[0] ?? '');
  };
  const signInBy = async ({ origin, hash }: URL) => {
    const token = decodeURIComponent(hash.replace(/^#token=/, ''));
    const answer = await fetch(`${origin}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ token }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('finds the Service, forwards a port, and prints a link that signs in; Ctrl-C ends it', async () => {
    const { child, said, code } = begin(['--open']);
    const link = await linkOf(said);
    expect(said.text).toContain('sys/dbintel');
    expect(link.pathname).toBe('/ui/');
    expect(await signInBy(link)).toMatchObject({ status: 200, body: { user: 'api' } });
    await until(
      async () => readdirSync(folder).includes('opened.html'),
      20_000,
      'the browser was asked',
    );
    const opened = () => readFileSync(join(folder, 'opened.html'), 'utf8');
    await until(async () => opened().includes(`url=${link.href}`), 20_000, 'it leads there');
    child.kill('SIGINT');
    expect(await code).toBe(0);
    await expect(fetch(link.origin)).rejects.toThrow();
  });
  it('signs in as a ServiceAccount, with its rights', async () => {
    const { child, said, code } = begin(['--service-account', 'viewer', '-n', 'sys']);
    expect(await code).toBe(3);
    expect(said.text).toContain('"viewer" not found');
    await plane.kubectl(['create', 'serviceaccount', 'viewer', '-n', 'sys']);
    const again = begin(['--service-account', 'viewer', '-n', 'sys']);
    expect(await signInBy(await linkOf(again.said))).toMatchObject({
      status: 200,
      body: { user: 'system:serviceaccount:sys:viewer', mayRead: [] },
    });
    for (const each of [child, again.child]) each.kill('SIGTERM');
    expect(await again.code).toBe(0);
  });
  it('says what is missing, and what to do', async () => {
    const config = await plane.kubeconfigFor('reader', 'people');
    const first = begin([], config);
    expect(await first.code).toBe(3);
    expect(first.said.text).toMatch(/could not be looked for; name it by -n.*forbidden/s);
    await plane.kubectl([
      'create',
      'role',
      'look',
      '--verb=list',
      '--resource=services',
      '-n',
      'sys',
    ]);
    const to = ['--role=look', '--serviceaccount=people:reader', '-n', 'sys'];
    await plane.kubectl(['create', 'rolebinding', 'look', ...to]);
    const second = begin(['-n', 'sys'], config);
    expect(await second.code).toBe(3);
    expect(second.said.text).toMatch(/Secret sys\/dbintel-api.*forbidden.*--service-account NAME/s);
    const third = begin(['-n', 'people']);
    expect(await third.code).toBe(3);
    expect(third.said.text).toMatch(/no Service with the label .* in people/);
  });
});

it('while the API server is away nobody is let in but who has the API’s own token', async () => {
  const fresh = await bearer('dba');
  await plane.haltApiServer();
  expect(await ask('targets', fresh)).toMatchObject({
    status: 503,
    body: { error: 'cluster_failed', message: expect.stringContaining('no answer') },
  });
  expect((await ask('stops', { authorization: `Bearer ${apiToken}` })).status).toBe(200);
  await plane.startApiServer();
  expect((await ask('targets', fresh)).status).toBe(200);
});
