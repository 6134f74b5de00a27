import { unturnedJson } from '../../src/base/turning.ts';
import type { EventTold } from './answers.ts';

/**
 * The stream of /events, opened again when it ends: by the browser itself while the server is only
 * away, by us where it was refused or fell silent. Goes on from the last revision it heard.
 */
export interface LiveSource {
  listen(topics: readonly string[]): void;
  close(): void;
}

const kinds: Record<EventTold['event'], true> = {
  hello: true,
  reset: true,
  rows: true,
  counts: true,
  stops: true,
  cycle: true,
  beat: true,
  bye: true,
};
/** A stream that says nothing for this long is dead, whatever its connection says. */
const silentAfter_ms = 25_000;
const againAfter_ms = 3_000;

export function openSource(hear: (event: EventTold) => void): LiveSource {
  let stream: EventSource | undefined;
  let topics = '';
  let rev: string | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  const openIn = (ms: number) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(open, ms);
  };
  const open = () => {
    stream?.close();
    const question = new URLSearchParams({ topics, ...(rev === undefined ? {} : { since: rev }) });
    stream = new EventSource(`/api/v1/events?${question}`);
    for (const kind of Object.keys(kinds)) stream.addEventListener(kind, take);
    stream.onerror = () => {
      if (stream?.readyState === EventSource.CLOSED) openIn(againAfter_ms);
    };
    openIn(silentAfter_ms);
  };
  const take = ({ type, data, lastEventId }: MessageEvent<string>) => {
    openIn(silentAfter_ms);
    const event = readEvent(type, data, lastEventId);
    if (!event) return;
    if (lastEventId) rev = lastEventId;
    hear(event);
    // It said goodbye: another replica answers.
    if (event.event === 'bye') openIn(event.data.why === 'ends' ? 0 : againAfter_ms);
  };
  return {
    listen(wanted) {
      const next = wanted.join(',');
      if (next === topics) return;
      topics = next;
      open();
    },
    close() {
      clearTimeout(watchdog);
      stream?.close();
    },
  };
}

/** What is cut off in the middle is left: the page asks again soon. */
function readEvent(type: string, data: string, id: string): EventTold | undefined {
  try {
    return { event: type, id, data: JSON.parse(unturnedJson(data)) } as EventTold;
  } catch {
    return undefined;
  }
}
