/** Names with their holders, each for a while; in this process alone. */
export function createMarks(now: () => number): (name: string, holder: string, ttl_ms: number) => Promise<string | undefined> {
  const marks = new Map<string, { holder: string; until: number }>();
  return async (name, holder, ttl_ms) => {
    const found = marks.get(name);
    if (found && found.until > now() && found.holder !== holder) return found.holder;
    marks.set(name, { holder, until: now() + ttl_ms });
    if (marks.size > sweepAt) for (const [each, { until }] of marks) if (until <= now()) marks.delete(each);
    return undefined;
  };
}

const sweepAt = 20_000;
