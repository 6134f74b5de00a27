import type { Clock } from '../base/clock.ts';
import type { Stop } from '../model/stop.ts';

/**
 * A stop is answered once this replica obeys it, so that whoever asks next what came of it is not
 * told that there is none. It comes back by the watch, mostly within some milliseconds; where it
 * does not, the answer does not wait for it.
 */
const patience_ms = 1_000;
const step_ms = 20;

export const answerOnceSeen =
  <Asked extends readonly unknown[]>(
    stops: { readonly list: readonly Stop[]; stop(...asked: Asked): Promise<Stop> },
    clock: Pick<Clock, 'monotonic' | 'sleep'>,
  ) =>
  async (...asked: Asked): Promise<Stop> => {
    const stop = await stops.stop(...asked);
    const isSeen = () => stops.list.some(({ id }) => id === stop.id);
    const deadline = clock.monotonic() + patience_ms;
    while (!isSeen() && clock.monotonic() < deadline) await clock.sleep(step_ms);
    return stop;
  };
