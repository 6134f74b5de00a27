import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hello } from '../support/hostile-postgres.ts';
import { temporaryFolder } from '../support/postgres-server.ts';

/**
 * Redis, the API server and the history's server are ours, and still may answer what no server
 * answers: it costs some megabytes and a code, never the process.
 */
const program = fileURLToPath(new URL('../support/backends.ts', import.meta.url));

interface Met {
  codes: Record<string, number>;
  messages: string[];
  lines: string[];
  broken: number;
  grown_mb: number;
  good: number;
}

const use = (kind: string, seconds: number, places: string[]): Promise<Met[]> =>
  new Promise((resolve, reject) => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      program,
      kind,
      String(seconds),
      ...places,
    ];
    execFile(
      process.execPath,
      args,
      { timeout: 100_000, maxBuffer: 1e8 },
      (error, stdout, stderr) =>
        error
          ? reject(new Error(`the program ended: ${stderr.slice(0, 500) || error.message}`))
          : resolve(JSON.parse(stdout) as Met[]),
    );
  });

/**
 * So much more than idle is allowed: three connections' largest replies, twice, and what the
 * collector of garbage leaves for later.
 */
const grownLimit_mb = 160;
const sayings = (met: Met) => [...met.messages, ...met.lines].join('\n');

/** Sends `again` for ever after `first`, as fast as it is taken. */
function endlessly(stream: Socket | ServerResponse, first: string, again: Buffer): void {
  stream.write(first);
  const more = () => {
    while (!stream.destroyed && stream.writable) if (!stream.write(again)) return;
  };
  stream.on('drain', more);
  more();
}

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function startTcp(say: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => say(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function startHttp(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = temporaryFolder('hostile-api');
  const cluster = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    'insecure-skip-tls-verify': true,
  };
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'x', cluster }],
      users: [{ name: 'x', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      'current-context': 'x',
    }),
  );
  closers.push(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return kubeconfig;
}

/** One program meets all of them, one after the other. */
function meetEach<A>(
  kind: string,
  seconds: number,
  hostile: Record<string, A>,
  start: (answer: A) => Promise<string>,
): (name: string) => Met {
  const met = new Map<string, Met>();
  beforeAll(async () => {
    const places = await Promise.all(Object.values(hostile).map(start));
    const all = await use(kind, seconds, places);
    for (const [i, name] of Object.keys(hostile).entries()) met.set(name, all[i] as Met);
  });
  return (name) => met.get(name) as Met;
}

const many = (text: string) => Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));

describe('a “Redis” that answers with', () => {
  const hostile: Record<string, (socket: Socket) => void> = {
    'a text of 8 GB': (socket) => endlessly(socket, '$8000000000\r\n', many('x')),
    'a list without end': (socket) => endlessly(socket, '*30000000\r\n', many(':1\r\n')),
    'a line without end': (socket) => endlessly(socket, '+', many('x')),
    'texts in a list': (socket) =>
      endlessly(socket, '*90000\r\n', Buffer.from(`$60000\r\n${'x'.repeat(60_000)}\r\n`)),
    'lists in lists': (socket) => endlessly(socket, '', many('*1\r\n')),
    'what nobody asked, for ever': (socket) => endlessly(socket, '', many('_\r\n')),
    'pushes of nothing, for ever': (socket) =>
      endlessly(socket, '', many('>3\r\n+message\r\n_\r\n_\r\n')),
    'subscriptions that nobody asked for, for ever': (socket) =>
      endlessly(socket, '', many('>3\r\n+subscribe\r\n+x\r\n:1\r\n')),
    'messages to nobody, for ever': (socket) => endlessly(socket, '', many('>1\r\n_\r\n')),
    'the wrong kinds': (socket) => {
      socket.on('data', () =>
        socket.write('%1\r\n+role\r\n*1\r\n:7\r\n+OK\r\n:5\r\n*2\r\n_\r\n_\r\n'),
      );
      socket.write('+OK\r\n'.repeat(4));
    },
    'a page of HTTP': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  };
  const metAt = meetEach('redis', 0.8, hostile, async (say) => `127.0.0.1:${await startTcp(say)}`);
  it.each(Object.keys(hostile))('%s', (name) => {
    const met = metAt(name);
    expect(Object.keys(met.codes)).toEqual(['coordination_failed']);
    expect(met.broken, sayings(met)).toBe(0);
    expect(met.grown_mb).toBeLessThan(grownLimit_mb);
  });
  it('says why', () => {
    expect(sayings(metAt('a text of 8 GB'))).toContain(
      'a reply of more than 4 MiB; the connection was cut',
    );
    expect(sayings(metAt('a list without end'))).toContain(
      'a reply of more than 100000 elements; the connection was cut',
    );
  });
});

describe('a “PostgreSQL” of the history that answers with', () => {
  const hostile: Record<string, (socket: Socket) => void> = {
    'a row of two bytes': (socket) => void socket.write(Buffer.from('44000000067878', 'hex')),
    'such a row after the login': (socket) => {
      socket.write(hello);
      socket.on('data', () => socket.write(Buffer.from('44000000067878', 'hex')));
    },
    bytes: (socket) => void socket.write(many('\u0001\u0000RZ')),
  };
  const place = async (say: (socket: Socket) => void) =>
    `postgres://dbintel:x@127.0.0.1:${await startTcp(say)}/history?sslmode=disable`;
  const metAt = meetEach('history', 1, hostile, place);
  it.each(Object.keys(hostile))('%s', (name) => {
    expect(metAt(name).broken, sayings(metAt(name))).toBe(0);
  });
});

const watched = ({ url = '' }: IncomingMessage) => url.includes('watch=1');
const list = (items: object[], more = {}) =>
  JSON.stringify({ items, metadata: { resourceVersion: '5', ...more } });
const object = (n: number, size: number) => ({
  metadata: { uid: `u${n}`, resourceVersion: '5' },
  filler: 'x'.repeat(size),
});

describe('an “API server” that answers with', () => {
  const hostile: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    'a list without end': (_, response) => endlessly(response, '{"items":[', many('{"a":1},')),
    'a line of a watch without end': (request, response) =>
      watched(request)
        ? endlessly(response, '{"type":"ADDED","object":{"x":"', many('x'))
        : response.end(list([])),
    'a refusal without end': (_, response) =>
      endlessly(response.writeHead(403), '{"message":"', many('x')),
    'a Status of wrong kinds': (_, response) =>
      response
        .writeHead(500)
        .end('{"message":5,"code":"x","details":{"causes":{"a":null},"retryAfterSeconds":[]}}'),
    'events of wrong kinds': (request, response) =>
      response.end(
        watched(request)
          ? '{"type":"ADDED"}\n{"type":"ERROR","object":null}\nnull\n[]\n'
          : list([]),
      ),
    'a list of nothing': (_, response) => response.end('{"items":[null,5,{}]}'),
  };
  const metAt = meetEach('kubernetes', 1, hostile, startHttp);
  it.each(Object.keys(hostile))('%s', (name) => {
    const met = metAt(name);
    expect(met.broken, sayings(met)).toBe(0);
    expect(Object.keys(met.codes).filter((code) => code !== 'cluster_failed')).toEqual([]);
    expect(met.grown_mb).toBeLessThan(grownLimit_mb);
  });
  it('says why', () => {
    for (const name of ['a list without end', 'a line of a watch without end'])
      expect(sayings(metAt(name))).toMatch(/more than \d+ MiB came; the connection was cut/);
  });
});

it('objects so large that a page of them is not read are read in smaller pages', async () => {
  const all = Array.from({ length: 30 }, (_, i) => object(i, 1_400_000));
  const kubeconfig = await startHttp((request, response) => {
    if (watched(request)) return void response.flushHeaders();
    if (request.url?.includes('secrets')) return void response.end('{}');
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    const from = Number(query.get('continue') ?? 0);
    const next = from + Number(query.get('limit'));
    response.end(list(all.slice(from, next), next < all.length ? { continue: String(next) } : {}));
  });
  const [met] = await use('objects', 1, [kubeconfig]);
  expect(met?.good).toBe(all.length);
});
