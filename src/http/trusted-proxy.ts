import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isSame } from './is-same.ts';
import type { Subject } from './reviews.ts';

/**
 * A proxy in front that has let somebody in (by OIDC, say) and tells whom in `X-Forwarded-User` and
 * `X-Forwarded-Groups`. Anybody can send such headers: they count only where the configuration
 * says by what the proxy is known, by its address, a secret in `X-Dbintel-Proxy`, or both.
 */
export interface TrustedProxy {
  /** Addresses and networks, `10.1.0.0/16`; empty: any. */
  addresses: readonly string[];
  secret?: string | undefined;
}

export interface Peer {
  address: string | undefined;
  headers: IncomingHttpHeaders;
}

/** What says who somebody is. */
const identityHeaders = ['x-forwarded-user', 'x-forwarded-groups', 'x-dbintel-proxy'];

/**
 * One of these that is sent twice is read differently by whoever stands between: it names nobody.
 */
export function peerOf({
  socket,
  headers,
  rawHeaders,
}: Pick<IncomingMessage, 'headers' | 'rawHeaders'> & {
  socket: { remoteAddress?: string | undefined };
}): Peer {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  const twice = identityHeaders.some((name) => names.indexOf(name) !== names.lastIndexOf(name));
  return {
    address: socket.remoteAddress,
    headers: twice ? { ...headers, 'x-forwarded-user': '' } : headers,
  };
}

export interface ProxyReader {
  /** Undefined: not the proxy, or it names nobody. */
  subject(peer: Peer): Subject | undefined;
  /** Where the request is from: what the proxy says, or the peer itself. */
  address(peer: Peer): string;
}

export function createProxyReader({ addresses, secret }: TrustedProxy): ProxyReader {
  const known = new BlockList();
  for (const each of addresses) {
    const [address = '', bits] = each.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(bits), family);
  }
  const isOurs = ({ address, headers }: Peer): boolean => {
    if (addresses.length === 0 && secret === undefined) return false;
    const at = plain(address);
    if (addresses.length && !known.check(at, isIP(at) === 6 ? 'ipv6' : 'ipv4')) return false;
    return secret === undefined || isSame(String(headers['x-dbintel-proxy'] ?? ''), secret);
  };
  return {
    subject(peer) {
      const user = one(peer.headers['x-forwarded-user']);
      if (!user || isReserved(user) || !isOurs(peer)) return undefined;
      const groups = one(peer.headers['x-forwarded-groups']).split(',');
      const theirs = groups.map((each) => each.trim()).filter((each) => each && !isReserved(each));
      return { user, groups: [...theirs, 'system:authenticated'] };
    },
    address(peer) {
      const told = one(peer.headers['x-forwarded-for']).split(',').at(-1)?.trim();
      return told && isIP(told) && isOurs(peer) ? told : plain(peer.address);
    },
  };
}

/** The cluster's own users and groups: a proxy that is told of them was told wrong. */
const isReserved = (name: string) => name.startsWith('system:');
const one = (header: string | string[] | undefined): string =>
  (typeof header === 'string' ? header : '').trim();
const plain = (address = '') => address.replace(/^::ffff:/, '');
