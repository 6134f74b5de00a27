import type { Prepared, ReadyStatement, Session } from '../engines/engine.ts';
import type { BatchQuery } from '../model/batch.ts';
import type { Refusal } from '../model/refusal.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { coveredStats } from './coverage.ts';
import { ask, excludedBy, judge } from './explain-one.ts';
import type { Selected } from './selection/select.ts';
import type { CycleContext, Progress } from './step.ts';

/**
 * Explains what was selected, in order of rank, until enough statements have been asked about. Ones
 * that need no EXPLAIN to say no (utility statements, functions we do not trust) do not take a
 * place. What was sent is charged before its answer is judged: a mistake there gives nothing back.
 */
export async function* explain(
  cycle: Progress,
  session: Session,
  context: CycleContext,
): AsyncGenerator<Progress> {
  const { maxQueriesPerCycle, exclude } = context.target.spec.collection;
  const timeOf = shareOf(coveredStats(cycle.window, context.covers));
  const asking = { session, ...context };
  let known = cycle;
  let rest = cycle.ranked;
  while (rest.length > 0) {
    const asked = known.answers.filter((answer) => answer.asked).length;
    const group = rest.slice(0, maxQueriesPerCycle - asked);
    if (group.length === 0) return;
    rest = rest.slice(group.length);
    for (const members of byDatabase(group))
      for (const [selected, statement] of await prepared(session, members)) {
        const answered = answering(selected, statement, timeOf, context);
        const ready = mayBeAsked(statement, exclude);
        if (ready.kind === 'refused') {
          known = answered(known, ready, false);
          yield known;
          continue;
        }
        const { state, answer } = await ask(ready, known.state, asking);
        known = { ...known, state };
        yield known;
        const { stats } = selected.candidate;
        const result = await judge(answer, ready, { stats, timeShare: timeOf(stats) }, context);
        known = answered(known, result, true);
        yield known;
      }
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

/** Each with what was selected, in the same order. */
async function prepared(
  session: Session,
  members: readonly Selected[],
): Promise<[Selected, Prepared][]> {
  const statements = await session.prepare(members.map(({ candidate }) => candidate.stats));
  return statements.map((statement, i) => {
    const selected = members[i];
    if (!selected) throw new Error('more was prepared than was asked for');
    return [selected, statement];
  });
}

const mayBeAsked = (
  statement: Prepared,
  exclude: DatabaseTargetSpec['collection']['exclude'],
): ReadyStatement | Refusal =>
  statement.kind === 'refused' ? statement.refusal : (excludedBy(statement, exclude) ?? statement);

/** What the cycle knows once this is what became of a statement. */
const answering =
  (
    { candidate: { stats }, strategy }: Selected,
    { fingerprint, text }: Prepared,
    timeOf: (stats: { totalMs: number }) => number,
    { clock }: CycleContext,
  ) =>
  (known: Progress, result: BatchQuery['result'], asked: boolean): Progress => {
    const named = { stats, fingerprint, ...(text === undefined ? {} : { text }) };
    const query = { ...named, timeShare: timeOf(stats), strategy, result };
    return { ...known, answers: [...known.answers, { query, at: clock.now(), asked }] };
  };
