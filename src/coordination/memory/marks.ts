import type { StateBackend } from '../state-backend.ts';

/** Names with their holders, each for a while; in this process alone. */
export function createMarks(now: () => number): StateBackend['mark'] {
  const marks = new Map<string, { holder: string; until: number }>();
  return async (name, holder, ttl_ms, gone) => {
    const found = marks.get(name);
    if (found && found.until > now() && found.holder !== holder && found.holder !== gone)
      return found.holder;
    marks.set(name, { holder, until: now() + ttl_ms });
    if (marks.size > sweepAt)
      for (const [each, { until }] of marks) if (until <= now()) marks.delete(each);
    return undefined;
  };
}

const sweepAt = 20_000;
