/** A range of time as it is asked for: the last day, where nothing is said. */
const day_ms = 86_400_000;

export function rangeOf(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  now: number,
): { since: number; until: number } {
  const until = to ?? now;
  return { since: from ?? until - day_ms, until };
}
