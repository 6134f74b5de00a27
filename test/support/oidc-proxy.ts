import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A reverse proxy as one that lets people in by OIDC: who has a session of its own is named to what
 * stands behind it, and whatever a browser says of that itself is taken away.
 */
export interface OidcProxy {
  url: string;
  close(): Promise<void>;
}

export interface OidcProxyOptions {
  /** What stands behind it. */
  upstream: string;
  /** By the cookie `oidc` of its own. */
  people: Record<string, { user: string; groups: string }>;
  /** In `X-Dbintel-Proxy`. */
  secret?: string;
  /** Passes on what a browser says of who it is, as one that is configured wrong does. */
  careless?: boolean;
}

const own = ['x-forwarded-user', 'x-forwarded-groups', 'x-dbintel-proxy', 'x-forwarded-for'];

export async function startOidcProxy(options: OidcProxyOptions): Promise<OidcProxy> {
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = new URL(options.upstream);
    const { method = 'GET', url: path = '/' } = incoming;
    const headers = headersOf(incoming, options);
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.writeHead(502).end());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

function headersOf(
  { headers, socket }: IncomingMessage,
  { people, secret, careless = false }: OidcProxyOptions,
): IncomingMessage['headers'] {
  const kept = Object.entries(headers).filter(([name]) => careless || !own.includes(name));
  const session = /(?:^|; )oidc=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
  const person = people[session];
  return {
    ...Object.fromEntries(kept),
    ...(person ? { 'x-forwarded-user': person.user, 'x-forwarded-groups': person.groups } : {}),
    ...(secret === undefined ? {} : { 'x-dbintel-proxy': secret }),
    'x-forwarded-for': socket.remoteAddress ?? '',
  };
}

const closed = (server: Server) =>
  new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
