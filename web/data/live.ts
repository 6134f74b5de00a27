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
  onEvent(listener: (event: EventTold) => void): () => void;
  /** Hears of this, too, until it is given back; `target:<uid>`. */
  want(topic: string): () => void;
  /** Until what is given back is called; it may be started again. */
  start(): () => void;
}

type Said =
  | { kind: 'heard'; at: number; event: EventTold }
  | { kind: 'want'; from: string; topics: string[] }
  | { kind: 'who-wants' };

const channelName = 'dbintel-live';
const lockName = 'dbintel-live';
const always = ['fleet', 'stops'];

export function createLive(): Live {
  const me = crypto.getRandomValues(new Uint32Array(2)).join('-');
  const listeners = new Set<(event: EventTold) => void>();
  const wants = new Map<string, readonly string[]>([[me, []]]);
  const mine: string[] = [];
  let heardAt: number | undefined;
  let source: LiveSource | undefined;
  let channel: BroadcastChannel | undefined;
  const say = (said: Said) => channel?.postMessage(said);

  const take = (at: number, event: EventTold) => {
    heardAt = at;
    for (const listener of listeners) listener(event);
  };
  const hear = (event: EventTold) => {
    const at = Date.now();
    say({ kind: 'heard', at, event });
    take(at, event);
  };
  const topics = () => [...new Set([...always, ...[...wants.values()].flat()])].sort();
  const tellWants = () => {
    wants.set(me, [...mine]);
    say({ kind: 'want', from: me, topics: [...mine] });
    source?.listen(topics());
  };
  const onSaid = ({ data }: MessageEvent<Said>) => {
    if (data.kind === 'heard') take(data.at, data.event);
    else if (data.kind === 'who-wants') tellWants();
    else {
      wants.set(data.from, data.topics);
      source?.listen(topics());
    }
  };
  /** Until this tab closes, or its page is left. */
  const lead = (end: AbortSignal): Promise<void> => {
    source = openSource(hear);
    say({ kind: 'who-wants' });
    source.listen(topics());
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
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    want(topic) {
      mine.push(topic);
      tellWants();
      return () => {
        mine.splice(mine.indexOf(topic), 1);
        tellWants();
      };
    },
    start() {
      const end = new AbortController();
      channel = new BroadcastChannel(channelName);
      channel.onmessage = onSaid;
      // There are no locks where a page came over plain HTTP from elsewhere: each for itself.
      if (navigator.locks)
        navigator.locks
          .request(lockName, { signal: end.signal }, () => lead(end.signal))
          .catch(ignoreAbort);
      else void lead(end.signal);
      return () => {
        say({ kind: 'want', from: me, topics: [] });
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
