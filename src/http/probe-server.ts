import fastify from 'fastify';
import type { Metrics } from '../base/metrics.ts';
import { guardedServer } from './guarded-server.ts';

/**
 * Liveness, readiness and metrics, on a port of their own. Liveness never depends on another
 * system: restarting us mends nothing there.
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
  /** Brings gauges up to date before a scrape. */
  beforeScrape(): void;
}

export function createProbeServer({
  stuck,
  notReady,
  remark,
  hosts,
  metrics,
  beforeScrape,
}: ProbeDeps) {
  const serverFactory = guardedServer({ hosts, anyAddress: true });
  const server = fastify({ logger: false, requestTimeout: 5_000, serverFactory });
  server.get('/healthz', (_, reply) => answer(reply, stuck()));
  server.get('/readyz', (_, reply) => answer(reply, notReady(), remark?.()));
  server.get('/metrics', async (_, reply) => {
    beforeScrape();
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.expose());
  });
  return server;
}

const answer = (
  reply: { code(status: number): { send(body: string): unknown } },
  problem: string | undefined,
  remark?: string,
) => reply.code(problem ? 503 : 200).send(problem ?? (remark ? `ok\n${remark}` : 'ok'));
