import { useCalmNow } from './now.ts';
import { age, clock, span } from './span.ts';

/** How old something is, with the time itself to be read when pointed at. */
export function Age({ at, bare = false }: { at: number; bare?: boolean }) {
  const text = useCalmNow((now) => (bare && at <= now ? span(now - at) : age(at, now)));
  return (
    <time dateTime={new Date(at).toISOString()} title={clock(at)}>
      {text}
    </time>
  );
}
