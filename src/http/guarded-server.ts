import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { isIP, type Socket } from 'node:net';
import { createPlaces } from './places.ts';

/**
 * Every HTTP port of ours, before any route: only under a name that is ours, and with headers that
 * keep a browser from making anything of an answer. A page of a foreign site can make a browser ask
 * us under that site's own name (DNS rebinding), loopback included; it cannot choose the Host that
 * is sent.
 */
export interface HostRules {
  /**
   * Names besides those of loopback and the address that was asked, without a port; of a Service,
   * say.
   */
  hosts: readonly string[];
  /**
   * Any literal address is let in, and so is one who names none: probes and scrapers come by a
   * pod's address, and no foreign name resolves to a Host like that.
   */
  anyAddress: boolean;
}

const securityHeaders = Object.entries({
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
});

/** How long a connection that asks nothing stays open; longer than what is before us keeps it. */
const keepAlive_ms = 72_000;

/**
 * Each may hold what has arrived of a request, 16 KiB at most before anybody has been asked who
 * they are: people have some six, programs one.
 */
const mostConnections = 1_000;
/** So that one address, which may be a proxy's for many, leaves some to others. */
const mostOfOne = 500;
/**
 * Asked on one connection before the first is answered, which no browser does: each answer lies in
 * our memory until the other side reads it.
 */
const mostUnanswered = 8;
/** Without a byte in either direction: no answer takes as long, and streams break their silence. */
const stalled_ms = 60_000;
/**
 * Of the time that a request may take to arrive: how often it is looked for those who take longer.
 */
const looksPerTimeout = 5;

/** `requestTimeout_ms`: for a request to arrive, whole. */
export function guardedServer(
  rules: HostRules,
  requestTimeout_ms: number,
  handler: RequestListener,
): Server {
  const limits = {
    requestTimeout: requestTimeout_ms,
    // Of its own a server waits for a minute, whatever a request may take.
    headersTimeout: requestTimeout_ms,
    connectionsCheckingInterval: requestTimeout_ms / looksPerTimeout,
  };
  const isTooMany = countUnanswered();
  const server = createServer(limits, (request, response) => {
    if (isTooMany(request.socket, response)) return;
    for (const [name, value] of securityHeaders) response.setHeader(name, value);
    if (isOurs(request, rules)) handler(request, response);
    else misdirected(response);
  });
  server.on('connection', limitEach());
  return Object.assign(server, {
    keepAliveTimeout: keepAlive_ms,
    maxConnections: mostConnections,
    timeout: stalled_ms,
  });
}

/** Who asks on and on without waiting for an answer is let go. */
function countUnanswered(): (socket: Socket, response: ServerResponse) => boolean {
  const open = new WeakMap<Socket, number>();
  const change = (socket: Socket, by: number) => {
    const count = (open.get(socket) ?? 0) + by;
    open.set(socket, count);
    return count;
  };
  return (socket, response) => {
    if (socket.destroyed) return true;
    const isOver = change(socket, 1) > mostUnanswered;
    if (isOver) socket.destroy();
    else response.once('close', () => change(socket, -1));
    return isOver;
  };
}

/** Who holds as many as one may gets no more, and nobody has read anything of it. */
function limitEach(): (socket: Socket) => void {
  const takePlace = createPlaces(mostOfOne);
  return (socket) => {
    if (!takePlace(socket.remoteAddress ?? '', socket)) socket.destroy();
  };
}

/**
 * Every name that the request gives: more than one Host, or one within the target of the request,
 * is read differently by whoever stands in between.
 */
function isOurs({ headersDistinct, url = '', socket }: IncomingMessage, rules: HostRules): boolean {
  const [named = [], within] = [
    headersDistinct['host'],
    /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1],
  ];
  if (named.length > 1) return false;
  const names = within === undefined ? named : [...named, within];
  return names.length
    ? names.every((each) => isOurName(each, socket.localAddress, rules))
    : rules.anyAddress;
}

function isOurName(
  header: string,
  localAddress: string | undefined,
  { hosts, anyAddress }: HostRules,
): boolean {
  const host = hostOf(header);
  if (host === undefined) return false;
  const asked = localAddress?.replace(/^::ffff:/, '');
  return (
    isLoopback(host) || host === asked || hosts.includes(host) || (anyAddress && isIP(host) !== 0)
  );
}

const mostPort = 65_535;

/** `Shop.Example.:8080` → `shop.example`, `[::1]:8080` → `::1`; undefined for what is no host. */
export function hostOf(header: string): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(header);
  if (Number(found?.[3] ?? 0) > mostPort) return undefined;
  return (found?.[1] ?? found?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** A name that begins with 127 is none of loopback's: `127.evil.example` is anybody's. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function misdirected(response: ServerResponse): void {
  const message =
    'this name is not one of ours: ' +
    'ask by localhost, by the address, or name it in DBINTEL_HOSTS';
  response.writeHead(421, {
    'content-type': 'application/json; charset=utf-8',
    connection: 'close',
  });
  response.end(JSON.stringify({ error: 'misdirected', message }));
}
