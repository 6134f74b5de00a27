import type { Clock } from '../base/clock.ts';
import type { ExplainResult, Prepared, ReadyStatement, Session } from '../engines/engine.ts';
import { LostAtWork } from '../engines/watchdog.ts';
import type { BatchQuery } from '../model/batch.ts';
import { type Refusal, refused } from '../model/refusal.ts';
import {
  afterAnswer,
  chargeFirst,
  type Granted,
  type Judged,
  judge,
  judgeUnplanned,
  mayAsk,
  ofThisStatement,
  timeIsLeft,
} from './explain-one.ts';
import { ownFingerprints } from './own-fingerprint.ts';
import type { Selected } from './selection/select.ts';
import type { CycleContext, Progress } from './step.ts';
import type { TargetState } from './target-state.ts';

/** A statement of the cycle, and whether there is something to ask about it. */
export interface Entry {
  selected: Selected;
  statement: Prepared;
  /** Of the interval's time, 0..1. */
  timeShare: number;
  ready: ReadyStatement | Refusal;
}

/**
 * What statements may take of whose tables it is still looked for, while others wait: with hundreds
 * of schemas that takes hundreds of EXPLAINs, a few at a time.
 */
export interface Seeking {
  explains: number;
  places: number;
  /** Those whose turn comes when all others had theirs. */
  readonly later: Entry[];
}

/**
 * A look sends some four or five: sent together, no more than have room for these, or none of them
 * would come to an end.
 */
const explainsOfLook = 5;

const seeks = ({ ready }: Entry): boolean => ready.kind === 'ready' && ready.seeks === true;

/**
 * Statements of one database, as many at once as the budgets grant: they leave in one write, and
 * what became of each is told in order, until all `places` are taken. What was sent is charged
 * before its answer is judged: a mistake there gives nothing back.
 */
export async function* explainTogether(
  cycle: Progress,
  entries: readonly Entry[],
  places: number,
  session: Session,
  context: CycleContext,
  seeking?: Seeking,
): AsyncGenerator<Progress> {
  const { settings, clock } = context;
  let known = cycle;
  let left = places;
  for (let at = 0; at < entries.length && left > 0; ) {
    const verdict = mayAsk(known.state, settings, session.databaseMs, clock.now());
    const most = verdict.kind === 'granted' && session.together ? verdict.together : 1;
    const room = seeking ?? { explains: Math.max(1, known.state.explains.tokens), places: left };
    const { group, later, toAsk } = groupFrom(entries, at, Math.min(most, left), room);
    seeking?.later.push(...later);
    at += group.length + later.length;
    left -= toAsk;
    if (group.length === 0) continue;
    if (verdict.kind === 'granted') {
      known = { ...known, state: chargeFirst(known.state, settings, toAsk, clock.now()) };
      yield known;
    }
    const looks = group.filter(seeks).length;
    const ask = asking(verdict, known.state, room.explains - looks, session, context);
    const sent = group.map((entry) => ({ entry, answer: ask(entry) }));
    try {
      for (const { entry, answer } of sent) {
        const { ready, statement } = entry;
        const judged = judgedAs(entry, known, clock.now());
        if (ready.kind === 'refused') {
          const result = await judgeUnplanned(ready, statement, judged, context);
          known = answered(known, entry, result, clock);
        } else {
          const given = await answer;
          const asked = verdict.kind === 'refused' || given.sent > 0;
          if (!asked) left += 1;
          if (seeking && seeks(entry)) {
            seeking.explains -= given.sent;
            if (asked) seeking.places -= 1;
          }
          const charged = asked ? known.state : giveBack(known.state, settings, clock.now());
          known = { ...known, state: afterAnswer(charged, settings, given, clock.now()) };
          yield known;
          const called = await calledBy(given, ready, known.state, context);
          const result = await judge(given, called, judged, context);
          known = answered(known, { ...entry, statement: called }, result, clock, asked);
        }
        yield known;
      }
    } catch (error) {
      const lost = await lostAtWork(sent);
      for (const { entry, refusal } of lost) known = answered(known, entry, refusal, clock);
      if (lost.length > 0) yield known;
      throw error;
    }
  }
}

/**
 * Whose planning the server did not survive, perhaps: asked again, it would be gone again. Or its
 * connection: others get their turn before it is killed again.
 */
async function lostAtWork(
  sent: readonly { entry: Entry; answer: Promise<ExplainResult> }[],
): Promise<{ entry: Entry; refusal: Refusal }[]> {
  const settled = await Promise.allSettled(sent.map(({ answer }) => answer));
  return settled.flatMap((each, i) =>
    each.status === 'rejected' && each.reason instanceof LostAtWork
      ? [
          {
            entry: (sent[i] as (typeof sent)[number]).entry,
            refusal: each.reason.serverWentOn
              ? refused(each.reason.code, each.reason.message)
              : refused('server_lost'),
          },
        ]
      : [],
  );
}

/**
 * Nothing was asked, since what it wants to know is asked for another statement: with a schema for
 * each tenant many may wait for that, and their places are for the others.
 */
const giveBack = (
  state: TargetState,
  settings: CycleContext['settings'],
  now: number,
): TargetState => chargeFirst(state, settings, -1, now);

/** What its names mean may be known by its answer alone. */
async function calledBy(
  given: ExplainResult,
  ready: ReadyStatement,
  state: TargetState,
  context: CycleContext,
): Promise<ReadyStatement> {
  const named = given.kind === 'explained' ? given.named : undefined;
  if (!named || named.fingerprint.value === ready.fingerprint.value) return ready;
  const [own] = await ownFingerprints([{ ...ready, ...named }], state, context);
  return { ...ready, ...named, ...(own ? { fingerprint: own.fingerprint } : {}) };
}

function judgedAs({ selected, timeShare }: Entry, { window }: Progress, at: number): Judged {
  const { stats } = selected.candidate;
  const compared = window && !window.sinceStatisticsBegan;
  return { stats, timeShare, at, ...(compared ? { interval_ms: window.ms } : {}) };
}

/**
 * As many in a row as have at most so many among them that there is something to ask about; but for
 * those that are put off, since what is theirs is used up.
 */
function groupFrom(
  entries: readonly Entry[],
  from: number,
  most: number,
  { explains, places }: Pick<Seeking, 'explains' | 'places'>,
): { group: readonly Entry[]; later: readonly Entry[]; toAsk: number } {
  const [group, later]: [Entry[], Entry[]] = [[], []];
  const isUp = explains < 1 || places < 1;
  const mostLooks = Math.max(1, Math.min(places, Math.floor(explains / explainsOfLook)));
  let [toAsk, looks] = [0, 0];
  for (const entry of entries.slice(from)) {
    const look = seeks(entry) ? 1 : 0;
    if (look && isUp) {
      later.push(entry);
      continue;
    }
    const asked = entry.ready.kind === 'ready' ? 1 : 0;
    if (toAsk + asked > most || looks + look > mostLooks) break;
    toAsk += asked;
    looks += look;
    group.push(entry);
  }
  return { group, later, toAsk };
}

/**
 * EXPLAINs beyond the first of each are for whoever needs them first, while there is time: each may
 * take as long as the first.
 */
function asking(
  verdict: Granted | Refusal,
  { explains, databaseTime }: TargetState,
  forLooks: number,
  session: Session,
  { settings, clock }: CycleContext,
): (entry: Entry) => Promise<ExplainResult> {
  if (verdict.kind === 'refused') return async () => ({ ...verdict, sent: 0 });
  let [left, ofLooks] = [explains.tokens, forLooks];
  const anew = () => timeIsLeft(databaseTime, settings, session.databaseMs, clock.now());
  const another = () => {
    left -= 1;
    return left >= 0 && anew();
  };
  const anotherLook = () => {
    ofLooks -= 1;
    return ofLooks >= 0 && another();
  };
  return (entry) => {
    const { ready } = entry;
    if (ready.kind === 'refused') return Promise.resolve({ ...ready, sent: 0 });
    const answer = session
      .explain(ready, { ...verdict.limits, another: seeks(entry) ? anotherLook : another, anew })
      .catch((error: unknown) => ({ ...ofThisStatement(error), sent: 1 }));
    answer.catch(() => undefined); // heard in its turn, unless one before it ends the cycle
    return answer;
  };
}

/** What the cycle knows once this is what became of a statement. */
function answered(
  known: Progress,
  { selected, statement, timeShare, ready }: Entry,
  result: BatchQuery['result'],
  clock: Clock,
  asked = ready.kind === 'ready',
): Progress {
  const { candidate, strategy } = selected;
  const { fingerprint, text } = statement;
  const named = { stats: candidate.stats, fingerprint, ...(text === undefined ? {} : { text }) };
  const query = { ...named, timeShare, strategy, result };
  const answer = { query, at: clock.now(), asked };
  return { ...known, answers: known.answers.concat(answer) };
}
