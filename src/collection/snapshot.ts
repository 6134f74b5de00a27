import type { Session } from '../engines/engine.ts';
import { takeBaseline } from './baseline.ts';
import { computeWindow } from './delta.ts';
import type { Progress } from './step.ts';

/** The counters of now → what happened since the last look, and the baseline of the next. */
export async function* snapshot(cycle: Progress, session: Session): AsyncGenerator<Progress> {
  const now = await session.snapshot();
  const { baseline } = cycle.state;
  yield {
    ...cycle,
    window: computeWindow(baseline, now),
    state: { ...cycle.state, baseline: takeBaseline(now, baseline) },
  };
}
