import { abortReason } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import { workOf } from '../base/node/faults.ts';
import { formatDuration } from '../base/quantity.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { doubtOf, recallState, withBudget } from './life.ts';
import { fenced, momentOf, type Running, save } from './running.ts';
import { inTurn } from './turns.ts';
import { runVisit, type Visit, type Visited } from './visit.ts';

const visitLimit_ms = 60_000;

/** One at a time; cycles go on after it. */
export async function visitBetween<T>(
  running: Running,
  visit: Visit<T>,
  asked: AbortSignal,
): Promise<T> {
  const { deps, interrupts, life } = running;
  if (running.visiting) throw new AppError('locked_by_peer', 'it is being asked already');
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, asked, interrupts.ended]);
  const who = { group: deps.target.namespace, doubt: doubtOf(life) };
  const wait = { queueing: signal, ended: signal, needless: () => false, others: () => undefined };
  const fault = (error: AppError) => stop.abort(error);
  const done = workOf({ target: targetLabel(deps.target), fault }, () =>
    inTurn(deps, who, wait, () => visitOnce(running, visit, stop, signal)),
  );
  running.visiting = { stop, done: done.catch(() => undefined) };
  try {
    const visited = await done;
    if (visited?.kind === 'done') return visited.value;
    if (visited) throw visited.error;
    throw signal.aborted ? abortReason(signal) : notYet();
  } finally {
    running.visiting = undefined;
  }
}

const notYet = () => new AppError('not_collected', 'no cycle of it has run here yet');

async function visitOnce<T>(
  running: Running,
  visit: Visit<T>,
  stop: AbortController,
  signal: AbortSignal,
): Promise<Visited<T>['result'] | undefined> {
  const { deps, settings } = running;
  const { epoch } = running.life;
  if (signal.aborted || epoch === undefined || !deps.permitted()) return undefined;
  if (!(await deps.stillMine(epoch))) throw fenced();
  const late = new AppError('cycle_timeout', `cancelled after ${formatDuration(visitLimit_ms)}`);
  const cancelLimit = deps.clock.after(visitLimit_ms, () => stop.abort(late));
  const before = recallState(running.life, deps.target, settings, momentOf(deps.clock));
  const { state, result } = await runVisit(before, { ...deps, epoch }, signal, visit);
  cancelLimit();
  running.life = withBudget(running.life, state.databaseTime);
  await save(running, epoch);
  return result;
}
