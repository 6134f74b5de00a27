/** A range of time as it is asked for: the last day, where nothing is said. */
const day_ms = 86_400_000;

export function rangeOf(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  now: number,
): { since: number; until: number } {
  const until = to ?? now;
  const since = from ?? until - day_ms;
  if (since > until)
    throw Object.assign(new Error('`from` is after `to`, or after now'), { statusCode: 400 });
  return { since, until };
}
