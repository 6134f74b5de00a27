import { useCallback, useSyncExternalStore } from 'react';
import { type LiveState, liveState } from '../../data/live-words.ts';
import { classes } from '../../parts/classes.ts';
import { onTick, useNow } from '../../parts/now.ts';
import { clock, span } from '../../parts/span.ts';
import { useLive } from '../live-context.tsx';
import styles from './live-dot.module.css';

/** Whether what is shown is what is: said by a dot, a word, and the time since. */
export function LiveDot() {
  const { state, heardAt } = useLiveState();
  const silence = useNow(() =>
    heardAt() === undefined ? '' : span(Date.now() - (heardAt() ?? 0)),
  );
  const at = heardAt();
  const title =
    at === undefined ? 'Nothing was heard of the program yet' : `Last heard at ${clock(at)}`;
  const words: Record<LiveState, string> = {
    live: 'live',
    late: at === undefined ? 'connecting' : `quiet for ${silence}`,
    lost: at === undefined ? 'not live' : `as of ${clock(at).slice(-8)}`,
  };
  return (
    <span className={classes(styles.live, styles[state])} title={title} role="status">
      <i aria-hidden="true" />
      {words[state]}
    </span>
  );
}

/** By this machine's clock on both sides: it is a span, and no time of the server's. */
export function useLiveState(): { state: LiveState; heardAt(): number | undefined } {
  const live = useLive();
  const { heardAt } = live;
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = [live.onEvent(listener), onTick(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [live],
  );
  return {
    state: useSyncExternalStore(subscribe, () => liveState(heardAt(), Date.now())),
    heardAt,
  };
}
