import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether a request may pass. Reading is free on loopback; everything else wants the bearer token.
 */
export function createAuthoriser({ token, loopback }: { token: string; loopback: boolean }) {
  const expected = digest(token);
  return ({
    method,
    authorization,
  }: {
    method: string;
    authorization: string | undefined;
  }): boolean => {
    if (loopback && (method === 'GET' || method === 'HEAD')) return true;
    const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

/** Equal lengths for a comparison in constant time. */
const digest = (text: string) => createHash('sha256').update(text).digest();
