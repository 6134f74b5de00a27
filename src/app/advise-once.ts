import { dirname } from 'node:path';
import type { AdviceDeps, AdviceWish } from '../advisor/run.ts';
import { runAdvice } from '../advisor/run-advice.ts';
import { type AppError, asAppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { workOf } from '../base/node/faults.ts';
import { systemRandom } from '../base/random.ts';
import { cycleSettings } from '../collection/settings.ts';
import { freshState } from '../collection/target-state.ts';
import { runVisit, type Visit, type VisitDeps } from '../collection/visit.ts';
import { createEngines } from '../engines/index.ts';
import type { MadeAdvice } from '../history/advice.ts';
import type { History } from '../history/backends.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { adviceTools, adviceWish, sandboxOf } from './advice-wiring.ts';
import { stopsAround } from './collect-once.ts';

/**
 * One run of the advisor for the target of a file, from the history that a program keeps of it. The
 * program may be running: then its cycles and this look take turns at the server.
 */
export interface OnceAsked {
  history: History;
  dataFolder: string;
  over: { budgetBytes?: number | undefined; values?: AdviceWish['values'] | undefined };
  tell: AdviceDeps['tell'];
  interrupt: AbortController;
}

export async function adviseFromFile(
  target: Target,
  path: string,
  { history, dataFolder, over, tell, interrupt }: OnceAsked,
): Promise<MadeAdvice> {
  const clock = systemClock;
  const around = { clock, logger: silentLogger, metrics: silentMetrics };
  const stops = await stopsAround(path, dataFolder);
  const store = openFileTargetStore({ ...around, folder: dirname(path), statusFolder: '' });
  const engine = createEngines()[target.spec.engine];
  const deps: VisitDeps = {
    engine,
    target,
    epoch: 1,
    holder: 'advise',
    credentials: (fresh) => store.credentials(target, fresh),
    stops: () => stops,
    clock,
    random: systemRandom,
    claimServer: async () => undefined,
  };
  const fault = (error: AppError) => interrupt.abort(error);
  try {
    const made = await workOf({ target: targetLabel(target), fault }, () =>
      runAdvice(adviceWish(target, over), {
        ...adviceTools(dataFolder, clock),
        sandbox: sandboxOf(target, {
          engine,
          credentials: (copy) => store.credentials(copy, true),
          clock,
          random: systemRandom,
        }),
        history,
        engine,
        look: (ask, signal) => lookInTurn(deps, ask, signal),
        clock,
        signal: interrupt.signal,
        tell,
      }),
    );
    await history.recordAdvice(made);
    return made;
  } finally {
    await store.close();
  }
}

/** A program's cycle is over in less. */
const patience_ms = 30_000;
const again_ms = 500;

async function lookInTurn<T>(deps: VisitDeps, ask: Visit<T>, signal: AbortSignal): Promise<T> {
  const { clock, target } = deps;
  const { explains, databaseTime } = cycleSettings(target.spec);
  const until = clock.monotonic() + patience_ms;
  for (;;) {
    const state = freshState(clock.now(), explains, databaseTime);
    const { result } = await runVisit(state, deps, signal, ask);
    if (result.kind === 'done') return result.value;
    const busy = asAppError(result.error).code === 'locked_by_peer';
    if (!busy || clock.monotonic() > until) throw result.error;
    await clock.sleep(again_ms, signal);
  }
}
