import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares a secret with what was given in the same time, however much of it is right. */
export const isSame = (given: string, secret: string): boolean =>
  timingSafeEqual(digest(given), digest(secret));

/** Equal lengths. */
const digest = (text: string) => createHash('sha256').update(text).digest();
