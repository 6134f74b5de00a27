import type { Prerequisite } from './engine.ts';
import { numberIn, type Row } from './row.ts';

/** One prerequisite: what was seen, and where that is not well, what mends it. */
export const check = (
  name: string,
  ok: boolean,
  otherwise: 'warning' | 'failed',
  observed: string,
  remediation: string,
): Prerequisite =>
  ok ? { name, verdict: 'ok', observed } : { name, verdict: otherwise, observed, remediation };

/** An encrypted connection is well where it was also made sure who answers. */
export const tlsCheck = (encrypted: boolean, mode: string) =>
  check(
    'tls',
    encrypted && mode.startsWith('verify'),
    'warning',
    encrypted ? `encrypted, ${mode}` : 'not encrypted',
    'spec.connection.tls: { mode: verify-full, secretRef: … }',
  );

/** From this on windows and blackouts would begin noticeably late. */
const clockTolerance_ms = 30_000;

/** `now` of the row is the server's time, of the argument ours: milliseconds since the epoch. */
export function clockCheck(row: Row, now: number): Prerequisite {
  const skew = numberIn(row, 'now') - now;
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const observed =
    seconds < 1
      ? 'less than 1 s apart'
      : `the server’s is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} ours`;
  return check(
    'clock',
    Math.abs(skew) < clockTolerance_ms,
    'warning',
    observed,
    'synchronise both clocks (NTP); windows and blackouts are read by ours',
  );
}
