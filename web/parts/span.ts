/** Spans of time in one unit, as people say them: `12 s`, `4 min`, `3 h`, `2 d`. Pure. */
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

export function span(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms >= each) ?? units[3];
  return `${Math.floor(Math.max(0, ms) / size)} ${unit}`;
}

/** Two clocks are never quite the same: what is this much in the future is now. */
const slack_ms = 5_000;

/** `12 s ago`, `in 4 min`, `now`. */
export function age(at: number, now: number): string {
  if (at > now + slack_ms) return `in ${span(at - now)}`;
  return now - at < 1_000 ? 'now' : `${span(now - at)} ago`;
}

/** In this machine’s zone, to the second: `27 Nov, 11:02:13`; with its year where it is another. */
export const clock = (at: number, now = Date.now()): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(yearOf(at) === yearOf(now) ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(at);
const yearOf = (at: number) => new Date(at).getFullYear();
