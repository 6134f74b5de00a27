import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { systemRandom } from '../base/random.ts';
import { createKubeClient, type KubeClient } from './kube-client.ts';

/** The client over a real connection to a server that answers as each test says. */
const opened: { client: KubeClient; server: Server; folder: string }[] = [];
afterEach(async () => {
  for (const { client, server, folder } of opened.splice(0)) {
    await client.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});

async function open(answer: RequestListener): Promise<KubeClient> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-kube-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const context = { cluster: 'c', user: 'u', namespace: 'shop' };
  const config = {
    clusters: [
      {
        name: 'c',
        // Without TLS it is to be said that nothing is verified.
        cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
      },
    ],
    contexts: [{ name: 'c', context }],
    users: [{ name: 'u', user: { token: 'of-the-test' } }],
    'current-context': 'c',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const parts = { clock: systemClock, random: systemRandom, metrics: silentMetrics };
  const client = createKubeClient({ kubeconfig, ...parts });
  opened.push({ client, server, folder });
  return client;
}

describe('a call', () => {
  it('says who asks, sends its body and reads the answer', async () => {
    const client = await open(async (request, response) => {
      const body = await Array.fromAsync(request);
      const { method, url, headers } = request;
      response.end(
        JSON.stringify({ method, url, login: headers.authorization, body: body.join('') }),
      );
    });
    expect(client.namespace).toBe('shop');
    const query = { limit: '5' };
    expect(await client.call({ method: 'POST', path: '/a', query, body: { b: 1 } })).toEqual({
      method: 'POST',
      url: '/a?limit=5',
      login: 'Bearer of-the-test',
      body: '{"b":1}',
    });
  });
  it('that is refused is told with the reasons that the server gives', async () => {
    const client = await open((_, response) => {
      const causes = [{ field: 'status.ownership', message: 'fenced: not yours' }];
      response.writeHead(422).end(JSON.stringify({ message: 'invalid', details: { causes } }));
    });
    await expect(client.call({ method: 'PATCH', path: '/a' })).rejects.toMatchObject({
      name: 'KubeError',
      code: 'cluster_failed',
      status: 422,
      causes: [{ field: 'status.ownership', message: 'fenced: not yours' }],
      message: 'PATCH /a: invalid (422)',
    });
  });
  it('to a busy server is sent again when the server says', async () => {
    let asked = 0;
    const client = await open((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'retry-after': '0.01' }).end('{}');
      else response.end('{"is":"there"}');
    });
    expect(await client.call({ method: 'GET', path: '/a' })).toEqual({ is: 'there' });
  });
  it('reads no more than it is told to', async () => {
    const client = await open((_, response) => response.end('x'.repeat(2_000)));
    const call = client.call({ method: 'GET', path: '/a', most_bytes: 1_000 });
    await expect(call).rejects.toMatchObject({ reason: 'AnswerTooLarge', status: 200 });
  });
  it('reads no more of a refusal than a reason has', async () => {
    const client = await open((_, response) => response.writeHead(403).end('x'.repeat(100_000)));
    await expect(client.call({ method: 'GET', path: '/a' })).rejects.toThrow(
      'more than 64 KiB of reasons (403)',
    );
  });
  it('to a server that does not answer ends in its time', async () => {
    const client = await open(() => undefined);
    await expect(client.call({ method: 'GET', path: '/a', timeout_ms: 100 })).rejects.toMatchObject(
      { status: 0, code: 'cluster_failed' },
    );
  });
});

describe('a watch', () => {
  const lines = (client: KubeClient, silence_ms = 5_000) =>
    Array.fromAsync(client.watch('/a', {}, silence_ms, new AbortController().signal));
  it('gives a line an event, however the bytes are cut', async () => {
    const event = { type: 'ADDED', object: { metadata: { name: 'zoë' } } };
    const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
    const inside = bytes.indexOf(0xc3) + 1;
    const client = await open((request, response) => {
      expect(request.url).toBe('/a?watch=1');
      response.write(bytes.subarray(0, inside));
      setTimeout(() => response.end(Buffer.concat([bytes.subarray(inside), bytes])), 20);
    });
    expect(await lines(client)).toEqual([event, event]);
  });
  it('drops the last line where the server was cut off in it', async () => {
    const client = await open((_, response) => response.end('{"type":"BOOKMARK"}\n{"type":"ADD'));
    expect(await lines(client)).toEqual([{ type: 'BOOKMARK' }]);
  });
  it('that is silent for too long is an error', async () => {
    const client = await open((_, response) => void response.write('{"type":"BOOKMARK"}\n'));
    await expect(lines(client, 50)).rejects.toThrow();
  });
  it('that is refused is told as one', async () => {
    const client = await open((_, response) => response.writeHead(410).end('{"message":"old"}'));
    await expect(lines(client)).rejects.toThrow('WATCH /a: old (410)');
  });
});
