import type { Prerequisite } from '../engine.ts';

/** One prerequisite: what was seen, and where that is not well, what mends it. */
export const check = (
  name: string,
  ok: boolean,
  otherwise: 'warning' | 'failed',
  seen: string,
  mend: string,
): Prerequisite => (ok ? { name, verdict: 'ok', seen } : { name, verdict: otherwise, seen, mend });
