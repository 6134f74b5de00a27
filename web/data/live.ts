import type { EventTold } from './answers.ts';
import { type LiveSource, openSource } from './live-source.ts';

/**
 * What the program tells by itself, once for a browser: over HTTP/1.1 it opens six connections to a
 * host and no more, so of all its tabs one listens and passes on what it hears. Who listens is who
 * holds a lock; when that tab closes, another gets it.
 */
export interface Live {
  /** When the program was last heard, by this machine's clock. */
  heardAt(): number | undefined;
  /** Of the fleet’s table, up to which it has told all. */
  heardRev(): string | undefined;
  onEvent(listener: (event: EventTold) => void): () => void;
  /** Until what is given back is called; it may be started again. */
  start(): () => void;
}

interface Heard {
  at: number;
  event: EventTold;
}

const channelName = 'dbintel-live';
const lockName = 'dbintel-live';
const topics = ['fleet', 'stops'];

export function createLive(): Live {
  const listeners = new Set<(event: EventTold) => void>();
  let heardAt: number | undefined;
  let heardRev: string | undefined;
  let source: LiveSource | undefined;
  let channel: BroadcastChannel | undefined;
  const take = ({ at, event }: Heard) => {
    heardAt = at;
    if (event.event === 'hello' || event.event === 'rows') heardRev = event.id;
    for (const listener of listeners) listener(event);
  };
  const hear = (event: EventTold) => {
    const heard: Heard = { at: Date.now(), event };
    channel?.postMessage(heard);
    take(heard);
  };
  /** Until this tab closes, or its page is left. */
  const lead = (end: AbortSignal): Promise<void> => {
    source = openSource(hear);
    source.listen(topics);
    return new Promise((resolve) =>
      end.addEventListener('abort', () => {
        source?.close();
        source = undefined;
        resolve();
      }),
    );
  };
  return {
    heardAt: () => heardAt,
    heardRev: () => heardRev,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      const end = new AbortController();
      channel = new BroadcastChannel(channelName);
      channel.onmessage = ({ data }: MessageEvent<Heard>) => take(data);
      // There are no locks where a page came over plain HTTP from elsewhere: each for itself.
      if (navigator.locks)
        navigator.locks
          .request(lockName, { signal: end.signal }, () => lead(end.signal))
          .catch(ignoreAbort);
      else void lead(end.signal);
      return () => {
        end.abort();
        channel?.close();
        channel = undefined;
      };
    },
  };
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
}
