import { readFileSync, writeFileSync } from 'node:fs';
import { type Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createAuthority } from './certificates.ts';

/**
 * Between a replica and the API server, at the level of HTTP: it can hold back what watches tell,
 * or everything, while all else goes on.
 */
export interface WatchProxy {
  /** Like the given one, through the proxy. */
  kubeconfig: string;
  /**
   * 'forward' · 'mute': requests are answered, watches begin and tell nothing · 'away': nothing is
   * answered.
   */
  mode: 'forward' | 'mute' | 'away';
  /** Requests since the start, by what they asked for. */
  counts: Map<string, number>;
  close(): Promise<void>;
}

export async function startWatchProxy(kubeconfig: string): Promise<WatchProxy> {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
  };
  const cluster = config.clusters[0]?.cluster as Record<string, string>;
  const upstream = new URL(cluster['server'] as string);
  const authority = createAuthority();
  const { cert, key } = authority.issue('127.0.0.1', 'IP:127.0.0.1');
  const agent = new SecureAgent({
    keepAlive: true,
    ca: readFileSync(cluster['certificate-authority'] as string),
  });
  const sockets = new Set<Socket>();
  const proxy: WatchProxy = { kubeconfig: '', mode: 'forward', counts: new Map(), close };

  function forward(from: IncomingMessage, to: ServerResponse): void {
    const url = new URL(from.url ?? '/', upstream);
    const watches = url.searchParams.has('watch');
    const how = watches ? ' watch' : url.searchParams.has('resourceVersion') ? ' poll' : '';
    const what = `${from.method} ` + `${url.pathname.split('/').at(-1)}${how}`;
    proxy.counts.set(what, (proxy.counts.get(what) ?? 0) + 1);
    if (proxy.mode === 'away') return;
    const send = upstream.protocol === 'https:' ? secureRequest : request;
    const through = send(
      url,
      {
        method: from.method,
        headers: { ...from.headers, host: upstream.host },
        agent: agent as Agent,
      },
      (answer) => {
        to.writeHead(answer.statusCode ?? 500, answer.headers);
        to.flushHeaders();
        answer.on('data', (chunk: Buffer) => {
          if (proxy.mode === 'forward' || (proxy.mode === 'mute' && !watches)) to.write(chunk);
        });
        answer.on(
          'end',
          () => proxy.mode === 'away' || (watches && proxy.mode === 'mute') || to.end(),
        );
        answer.on('error', () => to.destroy());
      },
    );
    through.on('error', () => to.destroy());
    to.on('close', () => through.destroy());
    from.pipe(through);
  }

  const server = createServer({ cert, key }, forward);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(cluster, {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    'certificate-authority': join(authority.folder, 'ca.crt'),
  });
  proxy.kubeconfig = join(authority.folder, 'kubeconfig');
  writeFileSync(proxy.kubeconfig, JSON.stringify(config));
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  return proxy;
}
