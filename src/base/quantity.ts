/**
 * The ways people write amounts in a manifest: durations `60s`, `100ms`, `6h`; sizes `64Ki`;
 * percentages `0.5%`. The patterns are exported as text because the CRD's schema carries the same
 * ones.
 */
export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$';
export const sizePattern = '^[0-9]+(Ki|Mi|Gi|Ti)?$';
export const percentPattern = '^[0-9]+(\\.[0-9]+)?%$';

const unit_ms: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1m30s` → 90000. The text must match `durationPattern`. */
export function parseDuration(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g))
    total += Number(amount) * (unit_ms[unit ?? ''] ?? Number.NaN);
  return total;
}

const sizeUnits = ['Ki', 'Mi', 'Gi', 'Ti'];

/** `64Ki` → 65536 bytes. */
export const parseSize = (text: string): number =>
  Number.parseInt(text, 10) * 1_024 ** (sizeUnits.indexOf(text.slice(-2)) + 1);

/** 5,242,880 → `5 MiB`; what a person reads. */
export function formatSize(bytes: number): string {
  const power = Math.min(
    sizeUnits.length,
    Math.floor(Math.log(Math.max(1, Math.abs(bytes))) / Math.log(1_024)),
  );
  const amount = bytes / 1_024 ** power;
  const shown = Number(amount.toFixed(Math.abs(amount) < 10 ? 1 : 0));
  return `${shown} ${power ? `${sizeUnits[power - 1]}B` : 'B'}`;
}

/** `0.5%` → 0.005. */
export function parsePercent(text: string): number {
  return Number.parseFloat(text) / 100;
}

/** 90000 → `1m30s`; below ten seconds one decimal: `1.2s`. What a person reads in a status. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${Number((ms / 1_000).toFixed(1))}s`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000);
  for (const [name, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    if (rest >= size && parts.length < 2) parts.push(`${Math.floor(rest / size)}${name}`);
    rest %= size;
  }
  return parts.join('');
}

/** 0.934 → `93%`; small shares keep what matters: `0.02%`; nothing below 1 is rounded up to all. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent < 1) return `${Number(percent.toPrecision(1))}%`;
  return `${share < 1 ? Math.min(99, Math.round(percent)) : Math.round(percent)}%`;
}

/** A time in milliseconds as a table shows it: `12.4 ms`, `41 ms`, `1.2 s`. */
export function formatMs(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1_000)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 20 ? `${Math.round(ms)} ms` : `${Number(ms.toPrecision(2))} ms`;
}

/** From here on numbers are written with an exponent. */
const tooLong = 1e21;
/**
 * A whole number with commas: `8,215`. Of the languages that Node knows, which take ten megabytes
 * once one is asked for, none is.
 */
export function formatWhole(value: number): string {
  const whole = Math.round(value);
  return Math.abs(whole) < tooLong
    ? String(whole).replace(/\B(?=(?:\d{3})+$)/g, ',')
    : whole.toLocaleString('en-US');
}

/** MariaDB's costs are milliseconds: below ten the digits behind the point are what there is. */
export const formatCost = (cost: number): string =>
  cost > 0 && cost < 10 ? String(Number(cost.toPrecision(2))) : formatWhole(cost);

/** Milliseconds since the epoch → `2026-03-01T14:02:11.000Z`. */
export const formatTime = (ms: number): string => new Date(ms).toISOString();

/** The reverse of `formatTime`; NaN for what is no time. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
