import { hostOf, isLoopback } from './guarded-server.ts';

/**
 * As what a browser came: over https under the public name, or over plain http on loopback. Which
 * cookie it may have, and which Origin is our own, follows from that. Pure.
 */
export interface Site {
  /** `https://dbintel.example.com`. */
  origin: string;
  /**
   * Undefined where none may be had: without https, and not on this machine, anybody in between
   * would read it.
   */
  cookie?: { name: string; secure: boolean };
}

/** `host`: the header as it was sent, which the server has found to be one of our names. */
export function siteOf(host: string, publicUrl: URL | undefined): Site {
  const name = hostOf(host);
  if (publicUrl && name === publicUrl.hostname)
    return { origin: publicUrl.origin, cookie: { name: '__Host-dbintel', secure: true } };
  const origin = `http://${host.toLowerCase()}`;
  if (name === undefined || !isLoopback(name)) return { origin };
  // Cookies know no ports: two that are forwarded at once would sign each other out.
  return { origin, cookie: { name: `dbintel-${new URL(origin).port || 80}`, secure: false } };
}

/** All that were sent under this name: a neighbour on the same machine may have set one, too. */
export function cookiesNamed(name: string, header: string | undefined): string[] {
  return (header ?? '')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(`${name}=`))
    .map((each) => each.slice(name.length + 1));
}

/** `maxAge_s` 0 takes it away. */
export function cookieLine(
  { name, secure }: NonNullable<Site['cookie']>,
  value: string,
  maxAge_s: number,
): string {
  const attributes = [`Max-Age=${maxAge_s}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  return [`${name}=${value}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ');
}
