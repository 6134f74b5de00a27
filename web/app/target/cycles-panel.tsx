import { useMemo } from 'react';
import { milliseconds } from '../../../src/render/figures.ts';
import { asFailure } from '../../data/failure.ts';
import type { CycleAnswer } from '../../data/target-answers.ts';
import { serverNow } from '../../parts/now.ts';
import { clock, span } from '../../parts/span.ts';
import { type CycleBar, cycleBars, cyclesSentence } from './cycle-bars.ts';
import styles from './target.module.css';

const none: readonly CycleAnswer[] = [];
const [place_px, bar_px, height_px] = [4, 3, 44];

/** When cycles ran, how long they took, and how they ended. */
export function CyclesPanel(props: {
  cycles: readonly CycleAnswer[] | undefined;
  /** There were earlier ones within the day. */
  more: boolean;
  error: Error | null;
}) {
  const { cycles = none, more, error } = props;
  const shown = useMemo(() => cycleBars(cycles, serverNow(), !more), [cycles, more]);
  const words = cyclesSentence(cycles);
  const width = shown.bars.length * place_px;
  return (
    <section className={styles.panel}>
      <h2>Cycles, {span(shown.bars.length * shown.stretch_ms)}</h2>
      <svg
        className={styles.bars}
        viewBox={`0 0 ${width} ${height_px}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
      >
        {shown.bars.map((bar, place) =>
          bar ? (
            <Bar key={bar.at} bar={bar} x={place * place_px} longest={shown.longestMs} />
          ) : undefined,
        )}
      </svg>
      <p className={styles.soft}>
        {cycles.length > 0
          ? `${words}; the longest took ${milliseconds(shown.longestMs)}`
          : error
            ? asFailure(error).message
            : props.cycles
              ? 'No cycle in the last day.'
              : '…'}
      </p>
    </section>
  );
}

const least_px = 3;
function Bar({ bar, x, longest }: { bar: CycleBar; x: number; longest: number }) {
  const height = Math.max(least_px, (bar.durationMs / longest) * height_px);
  return (
    <rect
      className={styles[bar.outcome]}
      x={x}
      y={height_px - height}
      width={bar_px}
      height={height}
    >
      <title>{barWords(bar)}</title>
    </rect>
  );
}

const barWords = ({ at, cycles, outcome, code, durationMs, explained, selected }: CycleBar) =>
  `${clock(at)}: ${cycles} ${cycles === 1 ? 'cycle' : 'cycles'}, ` +
  `${outcome}${code ? ` (${code})` : ''}, ${explained} of ${selected} explained, ` +
  milliseconds(durationMs);
