/**
 * The ways people write amounts in a manifest: durations `60s`, `100ms`, `6h`; sizes `64Ki`;
 * percentages `0.5%`. The patterns are exported as text because the CRD's schema carries the same
 * ones.
 */
export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$';
export const sizePattern = '^[0-9]+(Ki|Mi)?$';
export const percentPattern = '^[0-9]+(\\.[0-9]+)?%$';

const unit_ms: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1m30s` → 90000. The text must match `durationPattern`. */
export function parseDuration(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g))
    total += Number(amount) * (unit_ms[unit ?? ''] ?? Number.NaN);
  return total;
}

/** `64Ki` → 65536 bytes. */
export function parseSize(text: string): number {
  const factor = text.endsWith('Ki')
    ? 1_024
    : text.endsWith('Mi')
      ? 1_048_576
      : text.endsWith('Gi')
        ? 1_073_741_824
        : 1;
  return Number.parseInt(text, 10) * factor;
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

/** Milliseconds since the epoch → `2026-03-01T14:02:11.000Z`. */
export const formatTime = (ms: number): string => new Date(ms).toISOString();

/** The reverse of `formatTime`; NaN for what is no time. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
