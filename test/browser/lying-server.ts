import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { EventTold } from '../../src/http/answers/events.ts';

/**
 * Serves the built pages as the program does, with its policy, and answers the API from a table of
 * what each path answers. It lies when it is asked to: it fails, hangs, refuses, cuts an answer in
 * half or ends a stream, and has a clock of its own.
 */
export type Lie =
  | { kind: 'status'; status: number; body?: object }
  | { kind: 'hang' }
  | { kind: 'half' }
  | { kind: 'reset' };

export type Answers = Record<string, (params: URLSearchParams, body: unknown) => object>;

export interface LyingServer extends AsyncDisposable {
  origin: string;
  answers: Answers;
  /** By the path from /api/v1/ on; undefined: the truth again. */
  lie(path: string, lie: Lie | undefined): void;
  /**
   * Of the pages' own files whose path from /ui/ on is like it; undefined: all are there again.
   * Not by the browser's interception, which for a page that is open begins at some later time.
   */
  lieOfFiles(like: RegExp | undefined, lie?: Lie): void;
  /** To all who listen. */
  tell(told: EventTold): void;
  /** How many streams are open. */
  listening(): number;
  /** Ends all streams; nobody gets another until it is called with true. */
  stream(open: boolean): void;
  /** Of its clock, against this machine's. */
  skew(ms: number): void;
  asked: string[];
}

/** As UI pages are served: nothing but files of the same place, and no text as a program. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'";

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

export async function startLyingServer(folder: string, answers: Answers): Promise<LyingServer> {
  const lies = new Map<string, Lie>();
  const streams = new Set<ServerResponse>();
  const state = { streaming: true, skew_ms: 0 };
  let files: { like: RegExp; lie: Lie } | undefined;
  const asked: string[] = [];

  const date = (response: ServerResponse) =>
    response.setHeader('date', new Date(Date.now() + state.skew_ms).toUTCString());
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    date(response);
    if (!url.pathname.startsWith('/api/v1/')) {
      const site = request.headers['sec-fetch-site'];
      if (site) response.setHeader('server-timing', `site;desc=${String(site)}`);
      if (files?.like.test(url.pathname.slice('/ui/'.length))) return tellLie(files.lie, response);
      return sendFile(folder, url.pathname, response);
    }
    const path = url.pathname.slice('/api/v1/'.length);
    asked.push(`${request.method} ${path}${url.search}`);
    if (path === 'events') return listen(response);
    const lie = lies.get(path);
    if (lie) return tellLie(lie, response);
    const find = answers[`${request.method} ${path}`] ?? answers[path];
    if (!find) return sendJson(response, 404, { error: 'not_found', message: `no ${path}` });
    sendJson(response, 200, find(url.searchParams, await bodyOf(request)));
  };
  const listen = (response: ServerResponse) => {
    if (!state.streaming) return response.writeHead(503).end();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    streams.add(response);
    response.on('close', () => streams.delete(response));
    write(response, {
      event: 'hello',
      id: 'r-1',
      data: { rev: 'r-1', replica: 'a', version: '1', now: Date.now(), heartbeatMs: 5_000 },
    });
  };
  const beat = setInterval(() => {
    for (const each of streams)
      write(each, { event: 'beat', data: { now: Date.now() + state.skew_ms } });
  }, 5_000);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Somebody may have closed the page while they said something.
      if (request.complete) throw error;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    asked,
    lie: (path, lie) => void (lie ? lies.set(path, lie) : lies.delete(path)),
    lieOfFiles(like, lie = { kind: 'status', status: 404 }) {
      files = like && { like, lie };
    },
    tell: (told) => {
      for (const each of streams) write(each, told);
    },
    listening: () => streams.size,
    stream(open) {
      state.streaming = open;
      if (!open) for (const each of streams) each.destroy();
    },
    skew: (ms) => void (state.skew_ms = ms),
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function write(response: ServerResponse, told: EventTold): void {
  const id = 'id' in told ? `id: ${told.id}\n` : '';
  response.write(`${id}event: ${told.event}\ndata: ${JSON.stringify(told.data)}\n\n`);
}

function sendFile(folder: string, path: string, response: ServerResponse): void {
  if (!path.startsWith('/ui')) {
    response.writeHead(302, { location: '/ui/' }).end();
    return;
  }
  const file = join(folder, path.slice('/ui'.length));
  const found = extname(file) && existsSync(file) ? file : join(folder, 'index.html');
  response.writeHead(200, {
    'content-type': types[extname(found)] ?? 'application/octet-stream',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  });
  response.end(readFileSync(found));
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function tellLie(lie: Lie, response: ServerResponse): void {
  switch (lie.kind) {
    case 'status':
      return sendJson(
        response,
        lie.status,
        lie.body ?? { error: 'internal', message: 'it failed' },
      );
    case 'half':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"rev":"r1","rows":[[');
      return;
    case 'reset':
      response.destroy();
      return;
    case 'hang':
      return;
    default:
      return lie satisfies never;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (request.headers['content-type'] === 'application/yaml') return text;
  return text ? JSON.parse(text) : undefined;
}
