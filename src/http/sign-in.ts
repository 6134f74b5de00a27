import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createLru } from '../base/lru.ts';
import { isSame } from './is-same.ts';
import { createLimiter } from './limiter.ts';
import { createRecent } from './recent.ts';
import type { Reviews } from './reviews.ts';
import {
  createSessionKey,
  type Identity,
  type Session,
  sessionLength_ms,
} from './session-cookie.ts';
import { cookiesNamed, type Site } from './site.ts';
import { createProxyReader, type Peer, type TrustedProxy } from './trusted-proxy.ts';

/**
 * Who asks: by a token in a header, by the cookie of a session, or because a proxy that is trusted
 * says so. The first of these that is there decides; a token that is wrong is not made good by a
 * cookie.
 */
export interface SignInDeps {
  token: string;
  reviews: Reviews | undefined;
  proxy: TrustedProxy;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only grow. */
  monotonic(): number;
}

export interface Known {
  identity: Identity;
  /** Of a session. */
  expiresAt?: number;
  /** Whose requests are counted together; undefined: they are not. */
  counted?: string;
}

export type SignIn = ReturnType<typeof createSignIn>;

/** As long as a token that was taken back goes on, and how long a wrong one is not asked again. */
const kept_ms = 30_000;
const mostTokens = 1_000;
const nonce_bytes = 9;
/** Sessions that somebody has ended before their time. */
const mostClosed = 10_000;
/** Wrong tokens of an address: a person who looks for the right one, and no more than that. */
const attempts = { perSecond: 0.2, burst: 10 };

export function createSignIn({ token, reviews, proxy, now, monotonic }: SignInDeps) {
  const key = createSessionKey(token);
  const reader = createProxyReader(proxy);
  const failures = createLimiter({ ...attempts, now: monotonic });
  const reviewed = createRecent<Identity | undefined>({
    kept_ms,
    most: mostTokens,
    now: monotonic,
  });
  const closed = createLru<string, true>(mostClosed);
  const ask = async (given: string): Promise<Identity | undefined> => {
    const subject = await reviews?.whose(given);
    return subject && { kind: 'user', ...subject };
  };
  /** Throws TooMany; a wrong token counts. */
  const whose = async (given: string, address: string): Promise<Identity | undefined> => {
    if (isSame(given, token)) return { kind: 'token' };
    const review = () => reviewed(given, () => ask(given));
    // Somebody else's wrong tokens, from the same address, are nothing to one who is known.
    const kept = reviewed.kept(given);
    if (kept && (await kept)) return review();
    // Taken before it is known whether it is wrong: any number may be asked about at once.
    const wait = failures.take(address);
    if (wait !== undefined) throw new TooMany('too many wrong tokens', wait);
    const found = await review().catch((error: unknown) => {
      failures.giveBack(address);
      throw error;
    });
    if (found) failures.giveBack(address);
    return found;
  };
  return {
    whose,
    address: reader.address,
    /** What is known of who asks; undefined: nothing. */
    async known(peer: Peer, site: Site): Promise<Known | undefined> {
      const given = bearerOf(peer.headers);
      if (given !== undefined) {
        const identity = await whose(given, reader.address(peer));
        return identity && counted(identity);
      }
      const session = sessionOf(peer.headers, site, (value) => key.verify(value, now()));
      if (session) return session.counted && closed.get(session.counted) ? undefined : session;
      const subject = reader.subject(peer);
      return subject && counted({ kind: 'user', ...subject });
    },
    /** Its cookie is worth nothing any more, here; other replicas do not hear of it. */
    close({ counted, expiresAt }: Known): void {
      if (counted !== undefined && expiresAt !== undefined) closed.set(counted, true);
    },
    /** As long as the token is good, at most; of a Kubernetes token that is in it. */
    open(identity: Identity, given: string): Session & { value: string } {
      const end = Math.min(now() + sessionLength_ms, expiryOf(given) ?? Number.POSITIVE_INFINITY);
      const session = { identity, expiresAt: end };
      return {
        ...session,
        value: key.sign(session, randomBytes(nonce_bytes).toString('base64url')),
      };
    },
  };
}

/** Somebody asks more often than they may; for so many seconds. */
export class TooMany extends Error {
  readonly statusCode = 429;
  readonly retryAfter_s: number;
  constructor(what: string, retryAfter_s: number) {
    super(`${what}: wait ${retryAfter_s} s`);
    this.retryAfter_s = retryAfter_s;
  }
}

export const bearerOf = ({ authorization }: IncomingHttpHeaders): string | undefined =>
  /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];

/** The API token's holder is a program of the house, which may ask as often as it has to. */
const counted = (identity: Identity): Known =>
  identity.kind === 'token' ? { identity } : { identity, counted: `user ${identity.user}` };

function sessionOf(
  headers: IncomingHttpHeaders,
  { cookie }: Site,
  verify: (value: string) => Session | undefined,
): Known | undefined {
  for (const value of cookie ? cookiesNamed(cookie.name, headers.cookie) : []) {
    const session = verify(value);
    if (session) return { ...session, counted: `session ${macIn(value)}` };
  }
  return undefined;
}

/** As it is written first: the last letter of a mac has bits that say nothing. */
const macIn = (value: string) =>
  Buffer.from(value.slice(value.lastIndexOf('.') + 1), 'base64url').toString('base64url');

/** `exp` of a JSON Web Token that somebody else has verified, as milliseconds since the epoch. */
function expiryOf(token: string): number | undefined {
  const [, payload, signature] = token.split('.');
  if (!payload || !signature) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined; // a token that only looks like one
  }
}
