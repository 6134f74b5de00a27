import { durationPattern, formatTime, parseDuration, parseTime } from '../base/quantity.ts';

/**
 * Until when something is snoozed, as people write it: `7d` from now, `2026-12-24`,
 * `2026-12-24T08:00:00Z`; or as programs do, in milliseconds since the epoch.
 */
export type Until =
  | { kind: 'at'; until: number }
  | { kind: 'over'; until: number; why: string }
  | { kind: 'wrong'; why: string };

/** What rests for longer than that is dismissed, and should say why. */
const longest_ms = 366 * 86_400_000;

/** Of a Date, milliseconds since the epoch. */
const lastTime = 8.64e15;

const duration = new RegExp(durationPattern);
const date = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

export function readUntil(written: string | number, now: number): Until {
  const until = typeof written === 'number' ? written : timeOf(written.trim(), now);
  if (!(Math.abs(until) <= lastTime))
    return wrong(`"${written}" is no time: 7d, 2026-12-24 and 2026-12-24T08:00:00Z are`);
  if (until <= now) return { kind: 'over', until, why: `${formatTime(until)} is over` };
  if (until > now + longest_ms)
    return wrong(`${formatTime(until)} is more than a year away: dismiss it, and say why`);
  return { kind: 'at', until: Math.round(until) };
}

const wrong = (why: string): Until => ({ kind: 'wrong', why });

function timeOf(text: string, now: number): number {
  if (duration.test(text)) return now + parseDuration(text);
  return date.test(text) ? parseTime(text) : Number.NaN;
}
