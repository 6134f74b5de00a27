import type { Prepared, Session } from '../engines/engine.ts';
import type { BatchQuery } from '../model/batch.ts';
import { coveredStats } from './coverage.ts';
import { ask, excludedBy, judge } from './explain-one.ts';
import type { Selected } from './selection/select.ts';
import type { CycleContext, Progress } from './step.ts';

/**
 * Explains what was selected, in order of rank, until enough statements have been asked about. Ones
 * that need no EXPLAIN to say no (utility statements, functions we do not trust) do not take a
 * place.
 */
export async function* explain(
  cycle: Progress,
  session: Session,
  context: CycleContext,
): AsyncGenerator<Progress> {
  const { maxQueriesPerCycle } = context.target.spec.collection;
  const timeOf = shareOf(coveredStats(cycle.window, context.covers));
  let known = cycle;
  let rest = cycle.ranked;
  while (rest.length > 0) {
    const asked = known.answers.filter((answer) => answer.asked).length;
    const group = rest.slice(0, maxQueriesPerCycle - asked);
    if (group.length === 0) return;
    rest = rest.slice(group.length);
    for (const members of byDatabase(group))
      for await (known of explainGroup(members, known, { session, timeOf, ...context }))
        yield known;
  }
}

/** One database after the other: a worker connection belongs to one. */
const byDatabase = (group: readonly Selected[]) =>
  Map.groupBy(group, ({ candidate }) => candidate.stats.database).values();

/** Of the interval's time, 0..1. */
function shareOf(stats: readonly { totalMs: number }[]): (stats: { totalMs: number }) => number {
  const windowMs = stats.reduce((sum, { totalMs }) => sum + totalMs, 0);
  return ({ totalMs }) => (windowMs > 0 ? totalMs / windowMs : 0);
}

interface Asking extends CycleContext {
  session: Session;
  timeOf(stats: { totalMs: number }): number;
}

async function* explainGroup(
  members: readonly Selected[],
  cycle: Progress,
  asking: Asking,
): AsyncGenerator<Progress> {
  const prepared = await asking.session.prepare(members.map(({ candidate }) => candidate.stats));
  let known = cycle;
  for (const [i, statement] of prepared.entries()) {
    const selected = members[i];
    if (!selected) throw new Error('more was prepared than was asked for');
    for await (known of explainStatement(statement, selected, known, asking)) yield known;
  }
}

/** What was sent is charged before its answer is judged: a mistake there gives nothing back. */
async function* explainStatement(
  statement: Prepared,
  selected: Selected,
  cycle: Progress,
  asking: Asking,
): AsyncGenerator<Progress> {
  const { stats } = selected.candidate;
  const timeShare = asking.timeOf(stats);
  const answered = (known: Progress, result: BatchQuery['result'], asked: boolean): Progress => {
    const { fingerprint, text } = statement;
    const { strategy } = selected;
    const named = { stats, fingerprint, ...(text === undefined ? {} : { text }) };
    const query = { ...named, timeShare, strategy, result };
    return { ...known, answers: [...known.answers, { query, at: asking.clock.now(), asked }] };
  };
  if (statement.kind === 'refused') return yield answered(cycle, statement.refusal, false);
  const excluded = excludedBy(statement, asking.target.spec.collection.exclude);
  if (excluded) return yield answered(cycle, excluded, false);
  const { state, answer } = await ask(statement, cycle.state, asking);
  const charged = { ...cycle, state };
  yield charged;
  yield answered(charged, await judge(answer, statement, { stats, timeShare }, asking), true);
}
