import type { Prepared, ReadyStatement, Session } from '../engines/engine.ts';
import { type Refusal, refused } from '../model/refusal.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { losesServer } from '../safety/failure-memory.ts';
import { refill } from '../safety/token-bucket.ts';
import { coveredStats } from './coverage.ts';
import { excludedBy } from './explain-one.ts';
import { type Entry, explainTogether, type Seeking } from './explain-together.ts';
import { ownFingerprints } from './own-fingerprint.ts';
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
  if (losesServer(cycle.state.failures.values(), context.clock.now())) {
    const detail = 'with two statements within a day; none is planned until one of them may be';
    yield { ...cycle, outcome: { kind: 'skipped', reason: 'server_lost', detail } };
    return;
  }
  const { maxQueriesPerCycle, exclude } = context.target.spec.collection;
  const timeOf = shareOf(coveredStats(cycle.window, context.covers));
  const { tokens } = refill(cycle.state.explains, context.settings.explains, context.clock.now());
  const seeking: Seeking = {
    explains: Math.max(1, tokens / 2),
    places: Math.ceil(maxQueriesPerCycle / 2),
    later: [],
  };
  let known = cycle;
  let rest = cycle.ranked;
  const placesLeft = () =>
    maxQueriesPerCycle - known.answers.reduce((sum, { asked }) => sum + (asked ? 1 : 0), 0);
  for (let places = placesLeft(); rest.length > 0 && places > 0; places = placesLeft()) {
    const group = nextGroup(rest, places + spare, ({ candidate }) =>
      session.refusedByText(candidate.stats),
    );
    rest = rest.slice(group.length);
    for (const members of byDatabase(group)) {
      const prepared = await session.prepare(members.map(({ candidate }) => candidate.stats));
      const own = await ownFingerprints(prepared, known.state, context);
      const entries = prepared.map((ofText, i): Entry => {
        const [selected, statement = ofText] = [members[i], own[i]];
        if (!selected) throw new Error('more was prepared than was asked for');
        const timeShare = timeOf(selected.candidate.stats);
        const ready = mayBeAsked(statement, exclude, ofText.ofText ?? ofText.fingerprint.value);
        return { selected, statement, timeShare, ready };
      });
      const places = placesLeft();
      for await (known of explainTogether(known, entries, places, session, context, seeking))
        yield known;
    }
  }
  for (const entries of Map.groupBy(seeking.later, databaseOf).values())
    for await (known of explainTogether(known, entries, placesLeft(), session, context))
      yield known;
}

const databaseOf = ({ selected }: Entry): string => selected.candidate.stats.database;

/**
 * Preparing costs the server the same for one as for some, ten times what one EXPLAIN does: so many
 * more are prepared than places are left, for those that turn out to need no EXPLAIN.
 */
const spare = 10;

/** From the first on, until so many are among them that may need an EXPLAIN. */
function nextGroup(
  ranked: readonly Selected[],
  wanted: number,
  needsNone: (each: Selected) => boolean,
): readonly Selected[] {
  let asking = 0;
  const enough = ranked.findIndex((each) => {
    if (asking === wanted) return true;
    if (!needsNone(each)) asking += 1;
    return false;
  });
  return enough < 0 ? ranked : ranked.slice(0, enough);
}

/** One database after the other: a worker connection belongs to one. */
const byDatabase = (group: readonly Selected[]) =>
  Map.groupBy(group, ({ candidate }) => candidate.stats.database).values();

/** Of the interval's time, 0..1. */
function shareOf(stats: readonly { totalMs: number }[]): (stats: { totalMs: number }) => number {
  const windowMs = stats.reduce((sum, { totalMs }) => sum + totalMs, 0);
  return ({ totalMs }) => (windowMs > 0 ? totalMs / windowMs : 0);
}

/** A text that is left out is so in every database, and over the tables of every schema. */
function mayBeAsked(
  statement: Prepared,
  exclude: DatabaseTargetSpec['collection']['exclude'],
  ofText: string,
): ReadyStatement | Refusal {
  if (statement.kind === 'refused') return statement.refusal;
  if (exclude.fingerprints.includes(ofText)) return refused('excluded', 'fingerprint');
  return excludedBy(statement, exclude) ?? statement;
}
