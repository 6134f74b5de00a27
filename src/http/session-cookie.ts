import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * A session without a memory: what the cookie says is signed with a key made of the API's token, so
 * that every replica that has the same token knows it, and a new token ends all of them. Pure.
 */
export type Identity =
  /** Who holds the API's token. */
  | { kind: 'token' }
  /** Whom the API server, or a proxy that is trusted, knows by a name. */
  | { kind: 'user'; user: string; groups: readonly string[] };

/** For people: in an audit, and beside what was said of a finding. */
export const nameOf = (identity: Identity): string =>
  identity.kind === 'token' ? 'api' : identity.user;

export interface Session {
  identity: Identity;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** A working day: who stops a fleet at night does not want to look for a token first. */
export const sessionLength_ms = 12 * 3_600_000;
/** A browser keeps 4,096 bytes of a cookie, its name and attributes included. */
const valueLimit = 3_800;
const version = 'v1';

export interface SessionKey {
  /** `nonce`: two sessions of one token are two, and one of them may end. */
  sign(session: Session, nonce: string): string;
  /** Undefined: not signed with this key, or over. */
  verify(value: string, now: number): Session | undefined;
}

export function createSessionKey(token: string): SessionKey {
  const key = Buffer.from(hkdfSync('sha256', token, '', 'dbintel session cookie', 32));
  const macOf = (text: string) => createHmac('sha256', key).update(text).digest();
  return {
    sign(session, nonce) {
      const text = `${version}.${encode({ ...fitting(session), nonce })}`;
      return `${text}.${macOf(text).toString('base64url')}`;
    },
    verify(value, now) {
      const end = value.lastIndexOf('.');
      const text = value.slice(0, Math.max(0, end));
      const given = Buffer.from(value.slice(end + 1), 'base64url');
      const mac = macOf(text);
      if (given.length !== mac.length || !timingSafeEqual(given, mac)) return undefined;
      const [spoken, payload = ''] = text.split('.');
      if (spoken !== version) return undefined;
      const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Session;
      const { identity, expiresAt } = said;
      return expiresAt > now ? { identity, expiresAt } : undefined;
    },
  };
}

const encode = (session: Session & { nonce?: string }) =>
  Buffer.from(JSON.stringify(session)).toString('base64url');

/** Groups only ever add rights: those that do not fit into a cookie are left out. */
function fitting({ identity, expiresAt }: Session): Session {
  if (identity.kind === 'token') return { identity, expiresAt };
  const groups = [...identity.groups];
  const fits = () => encode({ identity: { ...identity, groups }, expiresAt }).length <= valueLimit;
  while (groups.length && !fits()) groups.pop();
  return { identity: { ...identity, groups }, expiresAt };
}
