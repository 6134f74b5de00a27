import type { RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import { guardedServer } from './guarded-server.ts';
import { openPort, type Port } from './port.ts';

/**
 * Liveness, readiness and metrics, on a port of their own. Liveness never depends on another
 * system: restarting us mends nothing there. Asked all the time, so that it has nothing to load.
 */
export interface ProbeDeps {
  /** Undefined: alive. A sentence: what does not move any more. */
  stuck(): string | undefined;
  /** Undefined: ready. A sentence: what is missing. */
  notReady(): string | undefined;
  /** What somebody who asks whether we are ready should know besides. */
  remark?(): string | undefined;
  /** Names of this port besides addresses and loopback. */
  hosts: readonly string[];
  metrics: Metrics;
  logger: Logger;
  /** Brings gauges up to date before a scrape. */
  beforeScrape(): void;
}

const requestTimeout_ms = 5_000;
const plain = 'text/plain; charset=utf-8';
const exposition = 'text/plain; version=0.0.4; charset=utf-8';

interface Answer {
  status: number;
  type: string;
  body: string | Pieces;
}

/** The first is there. */
interface Pieces {
  first: string;
  rest: AsyncIterator<string>;
}

export function createProbePort(deps: ProbeDeps): Port {
  const routes = new Map<string, () => Answer | Promise<Answer>>([
    ['/healthz', () => judged(deps.stuck())],
    ['/readyz', () => judged(deps.notReady(), deps.remark?.())],
    [
      '/metrics',
      async () => {
        deps.beforeScrape();
        const rest = deps.metrics.pieces()[Symbol.asyncIterator]();
        const { value: first = '' } = await rest.next();
        return { status: 200, type: exposition, body: { first, rest } };
      },
    ],
  ]);
  const handler: RequestListener = ({ method = '', url = '' }, response) => {
    const isHead = method === 'HEAD';
    const route = ['GET', 'HEAD'].includes(method) ? routes.get(pathOf(url)) : undefined;
    void answerBy(route ?? nothing, deps.logger).then((answer) => send(response, answer, isHead));
  };
  const rules = { hosts: deps.hosts, anyAddress: true };
  return openPort(guardedServer(rules, requestTimeout_ms, handler));
}

async function answerBy(route: () => Answer | Promise<Answer>, logger: Logger): Promise<Answer> {
  try {
    return await route();
  } catch (error) {
    logger.error({ error }, 'a probe could not be answered');
    return { status: 500, type: plain, body: 'internal error' };
  }
}

/** A target may name the host before its path. */
const pathOf = (target: string): string =>
  target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*|[?#].*$/gi, '');

const judged = (problem: string | undefined, remark?: string): Answer => ({
  status: problem ? 503 : 200,
  type: plain,
  body: problem ?? (remark ? `ok\n${remark}` : 'ok'),
});

const nothing = (): Answer => ({ status: 404, type: plain, body: 'nothing there' });

async function send(
  response: ServerResponse,
  { status, type, body }: Answer,
  isHead: boolean,
): Promise<void> {
  if (typeof body === 'string') {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(status, { 'content-type': type });
  try {
    if (!isHead) await sendPieces(response, body);
    response.end();
  } catch {
    response.destroy(); // half of it must not be read as all
  }
}

/** As fast as it is read, and no further where nobody reads any more. */
async function sendPieces(response: ServerResponse, { first, rest }: Pieces): Promise<void> {
  for (let piece = first; ; ) {
    if (response.destroyed) return;
    if (!response.write(piece)) await roomIn(response);
    const next = await rest.next();
    if (next.done) return;
    piece = next.value;
  }
}

const roomIn = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
