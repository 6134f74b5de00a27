import { codes } from '../../base/codes.ts';
import { formatTime } from '../../base/quantity.ts';
import type { CycleOutcome } from '../../model/batch.ts';

/** Codes and times as a status says them, within the limits of its schema. Pure. */

/** At most `most` bytes of UTF-8. */
export function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let end = Math.min(text.length, most);
  while (Buffer.byteLength(text.slice(0, end)) > most - 3) end -= 1;
  return `${text.slice(0, end)}…`;
}
export const messageLimit = 480;
export const clockTime = (ms: number) => formatTime(ms).slice(11, 19);

export const outcomeCode = (outcome: CycleOutcome) =>
  outcome.kind === 'collected'
    ? undefined
    : outcome.kind === 'failed'
      ? outcome.error
      : outcome.reason;

/** `circuit_open` → `CircuitOpen`. */
export const toReason = (code: string) =>
  code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** What, then what to do. */
export function sentence(code: keyof typeof codes, detail: string | undefined): string {
  const { meaning, remedy } = codes[code];
  return cut(`${detail ? `${detail}. ` : ''}${meaning} ${remedy}`, messageLimit);
}
