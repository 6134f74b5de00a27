import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { ReadTls } from '../../src/base/tls-files.ts';
import { createFanOut } from '../../src/exporters/fan-out.ts';
import { createOtlpExporter } from '../../src/exporters/otlp/otlp-exporter.ts';
import type { PlanForm } from '../../src/exporters/otlp/records.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import type { PlanBatch } from '../../src/model/batch.ts';
import { unpack } from '../../src/render/pack.ts';
import { makeBatch as batchOf, explained, refused } from '../support/batch.ts';
import { createAuthority } from '../support/certificates.ts';
import { until } from '../support/leaks.ts';
import { type Collector, startOtelcol } from '../support/otelcol.ts';

const makeBatch = () =>
  batchOf({
    at: Date.now(),
    queries: [explained('one'), explained('two'), refused('three', 'no_sample')],
  });

/**
 * What is exported arrives at a real OpenTelemetry Collector; and what a receiver does to us when
 * it is down, slow, or says no.
 */
function exporterTo(
  endpoint: string,
  more: { headers?: Record<string, string>; tls?: ReadTls; plan?: PlanForm } = {},
) {
  const metrics = createPrometheusMetrics();
  const exporter = createOtlpExporter({
    endpoint,
    headers: more.headers ?? {},
    plan: more.plan ?? 'json',
    ...(more.tls ? { tls: more.tls } : {}),
    version: '0.1.0',
    name: 'pod-1',
    newId: (bytes) => 'ab'.repeat(bytes),
    clock: systemClock,
    random: systemRandom,
    metrics,
    logger: silentLogger,
  });
  const total = async (name: string, label = '') => {
    const lines = (await metrics.expose())
      .split('\n')
      .filter((line) => line.startsWith(name) && line.includes(label));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
  return { exporter, total, exposed: metrics.expose };
}

describe('a real collector', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await startOtelcol();
  });
  afterAll(() => collector.stop());

  it('gets plans and top statements as events, cycles as spans, figures as metrics', async () => {
    const { exporter, total, exposed } = exporterTo(collector.endpoint);
    expect(await exposed()).toContain('dbintel_otlp_dropped_total{signal="logs",why="refused"} 0');
    const batch = makeBatch();
    await exporter.export(batch);
    await exporter.flush();
    const plans = batch.queries.filter(({ result }) => result.kind === 'explained');
    await until(
      async () => collector.logs().length >= batch.queries.length + plans.length,
      20_000,
      'the logs are there',
    );
    await until(
      async () => collector.spans().length >= 1 && collector.metrics().length >= 5,
      20_000,
      'spans and metrics are there',
    );
    const plan = collector.logs().find(({ name }) => name === 'db.server.query_plan');
    const first = plans[0]?.result as {
      plan: { hash: { shape: string }; totals: { estCost: number; nodes: number } };
    };
    expect(plan?.attributes).toMatchObject({
      'db.system.name': 'postgresql',
      'db.query.plan.hash': first.plan.hash.shape,
      'db.query.plan.cost.total': expect.anything(),
      'db.query.plan.nodes.count': String(first.plan.totals.nodes),
      'db.query.plan.dominant_operation': expect.any(String),
      'postgresql.queryid': expect.any(String),
      'dbintel.target.name': batch.target.name,
    });
    expect(JSON.parse(String(plan?.attributes['postgresql.query_plan']))).toHaveProperty('op');
    expect(plan?.resource).toMatchObject({
      'service.name': 'dbintel',
      'service.version': '0.1.0',
      'service.instance.id': 'pod-1',
    });
    expect(collector.logs().filter(({ name }) => name === 'db.server.top_query').length).toBe(
      batch.queries.length,
    );
    expect(collector.spans()[0]).toMatchObject({
      name: 'dbintel.cycle',
      attributes: { 'dbintel.outcome': batch.cycle.outcome.kind },
    });
    expect(
      collector.metrics().find(({ name }) => name === 'dbintel.cycles')?.points[0]?.value,
    ).toBe(1);
    expect(await total('dbintel_otlp_sent_total', 'signal="logs"')).toBe(
      batch.queries.length + plans.length,
    );
    expect(await total('dbintel_otlp_dropped_total')).toBe(0);
    await exporter.close();
  });

  it('gets sums of all cycles since the first, as Prometheus and its kin take them', async () => {
    const summing = await startOtelcol();
    const { exporter } = exporterTo(summing.endpoint);
    const export_ = (number: number, outcome: PlanBatch['cycle']['outcome']) => {
      const batch = batchOf({ at: Date.now(), number });
      return exporter.export({ ...batch, cycle: { ...batch.cycle, outcome } });
    };
    await export_(1, { kind: 'collected' });
    await export_(2, { kind: 'failed', error: 'connection_failed' });
    await export_(3, { kind: 'collected' });
    exporter.forget?.({ namespace: 'shop', name: 'orders' });
    await export_(4, { kind: 'collected' });
    await exporter.flush();
    const told = (name: string) => summing.metrics().filter((each) => each.name === name);
    await until(async () => told('dbintel.cycles').length === 4, 20_000, 'all are there');
    const counts = told('dbintel.cycles').map(({ temporality, points }) => [
      temporality,
      ...points.map(({ value, attributes }) => [attributes['dbintel.outcome'], value]),
    ]);
    expect(counts).toEqual([
      [2, ['collected', 1]],
      [2, ['collected', 1], ['failed', 1]],
      [2, ['collected', 2], ['failed', 1]],
      [2, ['collected', 1]],
    ]);
    expect(told('dbintel.database_time').map(({ points }) => points[0]?.value)).toEqual([
      0.005, 0.01, 0.015, 0.005,
    ]);
    await exporter.close();
    await summing.stop();
  });

  it('gets plans packed, beside their JSON or in its place', async () => {
    const packing = await startOtelcol();
    for (const plan of ['packed', 'both'] as const) {
      const { exporter } = exporterTo(packing.endpoint, { plan });
      await exporter.export(batchOf({ at: Date.now(), queries: [explained(plan)] }));
      await exporter.flush();
      await exporter.close();
    }
    const arrived = () => packing.logs().filter(({ name }) => name === 'db.server.query_plan');
    await until(async () => arrived().length === 2, 20_000, 'both plans are there');
    const [packed, both] = ['packed', 'both'].map(
      (name) =>
        arrived().find((each) => each.attributes['dbintel.fingerprint'] === name)?.attributes,
    );
    expect(packed).not.toHaveProperty('postgresql.query_plan');
    for (const attributes of [packed, both]) {
      const plan = await unpack(String(attributes?.['db.query.plan.packed']));
      expect(plan.hash.shape).toBe(attributes?.['db.query.plan.hash']);
    }
    const root: unknown = JSON.parse(String(both?.['postgresql.query_plan']));
    expect((await unpack(String(both?.['db.query.plan.packed']))).root).toEqual(root);
    await packing.stop();
  });

  it('over TLS with an authority of its own', async () => {
    const authority = createAuthority();
    const leaf = authority.issue('localhost', 'DNS:localhost');
    const secured = await startOtelcol({ tls: { cert: leaf.certFile, key: leaf.keyFile } });
    const ca = readFileSync(join(authority.folder, 'ca.crt'), 'utf8');
    const { exporter } = exporterTo(secured.endpoint, { tls: () => ({ ca }) });
    await exporter.export(makeBatch());
    await exporter.flush();
    await until(async () => secured.spans().length === 1, 20_000, 'the span is there');
    const { exporter: stranger, total } = exporterTo(secured.endpoint);
    await stranger.export(makeBatch());
    await until(
      async () => (await total('dbintel_otlp_sent_total')) === 0,
      1_000,
      'nothing is taken without it',
    );
    await stranger.close();
    expect(await total('dbintel_otlp_dropped_total', 'why="closed"')).toBeGreaterThan(0);
    await exporter.close();
    await secured.stop();
  });
});

/** A receiver that misbehaves on purpose: what is tested is us, not it. */
async function receiver(listener: RequestListener): Promise<{ server: Server; endpoint: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}` };
}
const read = (request: Parameters<RequestListener>[0]) =>
  new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(gunzipSync(Buffer.concat(chunks))));
  });

describe('a receiver', () => {
  it('that is down or silent does not slow anyone; what waits is bounded, what is lost is counted', async () => {
    // takes everything, answers nothing
    const { server, endpoint } = await receiver(() => undefined);
    for (const address of ['http://127.0.0.1:1', endpoint]) {
      const { exporter, total } = exporterTo(address);
      const fanOut = createFanOut([exporter], systemClock, silentLogger);
      const batch = giant(2 ** 20);
      const began = performance.now();
      for (let i = 0; i < 100; i += 1) fanOut.publish(batch);
      // An answer would be waited for, ten seconds each.
      expect(performance.now() - began).toBeLessThan(1_000);
      await until(
        async () => (await total('dbintel_otlp_dropped_total', 'why="queue_full"')) > 0,
        10_000,
        'the oldest go',
      );
      const closing = performance.now();
      await fanOut.close(500);
      // The history is closed after it, and has something to write.
      expect(performance.now() - closing).toBeLessThan(3_000);
      expect(await total('dbintel_otlp_sent_total')).toBe(0);
    }
    server.closeAllConnections();
    server.close();
  });

  it('that says 429 is asked again when it said', async () => {
    const asked: number[] = [];
    const { server, endpoint } = await receiver((request, response) => {
      if (!request.url?.endsWith('/logs')) return response.writeHead(200).end();
      asked.push(performance.now());
      response
        .writeHead(
          asked.length === 1 ? 429 : asked.length === 2 ? 503 : 200,
          asked.length === 1 ? { 'retry-after': '1' } : {},
        )
        .end();
    });
    const { exporter, total } = exporterTo(endpoint, { headers: { 'api-key': 'k' } });
    await exporter.export(makeBatch());
    await until(
      async () => (await total('dbintel_otlp_sent_total', 'signal="logs"')) > 0,
      20_000,
      'the third time it takes them',
    );
    expect((asked[1] as number) - (asked[0] as number)).toBeGreaterThanOrEqual(990);
    expect(await total('dbintel_otlp_dropped_total')).toBe(0);
    await exporter.close();
    server.close();
  });

  it('that answers in no words of ours is asked again, and the program goes on', async () => {
    const answers = [
      { type: 'text/html', body: '<html><body>Sign in</body></html>', taken: false },
      { type: 'application/json', body: '{"partialSuccess":{}}', taken: true },
      { type: 'text/plain', body: 'OK', taken: true },
    ];
    for (const { type, body, taken } of answers) {
      let asked = 0;
      const { server, endpoint } = await receiver((request, response) => {
        asked += 1;
        request.resume();
        response.writeHead(200, { 'content-type': type }).end(body);
      });
      const { exporter, total } = exporterTo(endpoint);
      await exporter.export(makeBatch());
      await until(async () => asked >= 3, 20_000, 'each signal is sent');
      await exporter.export(makeBatch());
      await until(async () => asked >= 6, 20_000, 'and again');
      expect((await total('dbintel_otlp_sent_total')) > 0).toBe(taken);
      await exporter.close();
      server.close();
    }
  });

  it('whose authority or key cannot be used is nobody’s end', async () => {
    for (const more of [{ tls: () => ({ ca: 'junk' }) }, { headers: { 'api-key': 'a…\nb' } }]) {
      const { exporter, total } = exporterTo('https://127.0.0.1:1', more);
      await exporter.export(makeBatch());
      await exporter.flush();
      await exporter.close();
      expect(await total('dbintel_otlp_dropped_total')).toBeGreaterThan(0);
    }
  });

  it('whose authority, and our certificate, are renewed gets what comes after', async () => {
    const issue = () => {
      const { ca, issue: sign } = createAuthority();
      const { cert, key } = sign('127.0.0.1', 'IP:127.0.0.1');
      return { ca, cert, key };
    };
    let files = issue();
    let taken = 0;
    const asks = { requestCert: true, rejectUnauthorized: true };
    const server = createSecureServer({ ...asks, ...files }, (request, response) => {
      taken += 1;
      request.resume().on('end', () => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { exporter } = exporterTo(`https://127.0.0.1:${port}`, { tls: () => files });
    for (const times of [1, 2]) {
      await exporter.export(makeBatch());
      await exporter.flush();
      expect(taken).toBe(3 * times); // one for each signal
      files = issue();
      server.setSecureContext(files);
      server.closeAllConnections();
    }
    await exporter.close();
    server.close();
  });

  it('that refuses a giant loses that one and nothing else', async () => {
    const taken: string[] = [];
    const { server, endpoint } = await receiver(async (request, response) => {
      const body = await read(request);
      const tooLarge = request.url?.endsWith('/logs') && body.includes('GIANT');
      if (!tooLarge && request.url?.endsWith('/logs')) taken.push(body.toString('latin1'));
      response.writeHead(tooLarge ? 413 : 200).end();
    });
    const { exporter, total } = exporterTo(endpoint);
    const batch = makeBatch();
    const query = batch.queries[0] as PlanBatch['queries'][number];
    const named = (text: string) => ({
      ...query,
      text,
      result: { kind: 'refused' as const, code: 'no_sample' as const },
    });
    await exporter.export({
      ...batch,
      queries: ['one', 'two', 'GIANT', 'three', 'four'].map(named),
    });
    await exporter.flush();
    await until(
      async () => (await total('dbintel_otlp_sent_total', 'signal="logs"')) === 4,
      20_000,
      'four of five',
    );
    for (const text of ['one', 'two', 'three', 'four']) expect(taken.join()).toContain(text);
    expect(await total('dbintel_otlp_dropped_total', 'why="refused"')).toBe(1);
    await exporter.close();
    server.close();
  });
});

function giant(bytes: number): PlanBatch {
  const batch = makeBatch();
  return {
    ...batch,
    queries: batch.queries.map((query) => ({ ...query, text: 'x'.repeat(bytes) })),
  };
}
