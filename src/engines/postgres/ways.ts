import type { Fingerprint, Plan } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { isNotFound, refusedFor } from './direct.ts';
import type { ExplainAnswer, ExplainJob, KnownTyping } from './explain-job.ts';
import type { Pass } from './meanings.ts';
import { idsLimit, type Readings, stillSought } from './readings.ts';
import type { KnownStatement } from './statement-cache.ts';
import type { Doubts } from './trust.ts';

/**
 * A statement's names may mean the tables of several schemas: an application sets its search path
 * after login, and nobody else sees it. Up to 17 the Query Identifier is made of the tables
 * themselves, and tells which are meant; so the schemas that have all the names are tried, some at
 * a time.
 */
export interface Way {
  kind: 'way';
  /** See `meaningOf`. */
  meaning: string;
  job: Omit<ExplainJob, 'typing' | 'slow' | 'seek'>;
  doubts: Doubts;
  facts: TableFacts[];
  /** What the statement is called where it is this one of several. */
  named?: Named;
}

export interface Named {
  fingerprint: Fingerprint;
  /** Redacted. */
  text?: string;
}

export interface Ways {
  ways: readonly Way[];
  /** What is meant where none can be shown to be; absent: it must be shown. */
  fallback?: string;
  /** Others are tried the next time. */
  more: boolean;
  pass: Pass;
  /** Why it may not be planned over the tables of one of the schemas. */
  barred?: Refusal;
  /** The same of what is meant where none can be shown to be. */
  ofOwn?: Refusal;
}

export type WayAnswer =
  | { kind: 'explained'; plan: Plan; facts: TableFacts[]; named?: Named }
  | Refusal;

type Explain = (job: ExplainJob) => Promise<ExplainAnswer | Refusal>;

/**
 * `readings`: of its text; asked for where there are several ways. `another`: whether one more may
 * be gone.
 */
export function explainWays(
  meant: Ways,
  known: KnownStatement,
  readings: () => Readings,
  explain: Explain,
  another: () => boolean = () => true,
): Promise<WayAnswer> {
  const { ways, fallback, more } = meant;
  const settled = ways.find((way) => way.meaning === known.way);
  const [only] = settled
    ? [settled]
    : ways.length === 1 && ways[0]?.meaning === fallback && !more
      ? ways
      : [];
  if (only) return explainOnly(only, known, explain);
  const ofText = readings();
  // one entry after the other: what is found for one need not be asked for the next
  const answer = ofText.turn.then(() => explainSeveral(meant, known, ofText, explain, another));
  ofText.turn = answer.catch(() => undefined);
  return answer;
}

async function explainOnly(way: Way, known: KnownStatement, explain: Explain): Promise<WayAnswer> {
  const result = await explainWay(way, known, explain);
  if (result.kind === 'explained') return keep(result, known);
  if (isNotFound(result)) {
    known.typing = undefined; // a column may have changed its type
    delete known.way;
  }
  return result;
}

async function explainSeveral(
  { ways, fallback, more, pass, barred: denied, ofOwn: before }: Ways,
  known: KnownStatement,
  readings: Readings,
  explain: Explain,
  another: () => boolean,
): Promise<WayAnswer> {
  const { byId, tried, unlike, barred } = readings;
  const own = ways.find(({ meaning }) => meaning === fallback);
  let ofOwn: Answered | Refusal | undefined = before;
  let why = denied;
  const isLater = (meaning: string) =>
    tried.has(meaning) ||
    (pass === 'first' && unlike.has(meaning)) ||
    (pass !== 'barred' && barred.has(meaning));
  let gone = false;
  for (const way of ways) {
    const { meaning } = way;
    if (isLater(meaning) && byId.get(way.job.nativeId)?.meaning !== meaning) continue;
    if (gone && !another()) return told(ofOwn ?? stillSought);
    gone = true;
    const hasty = isHasty(way, readings);
    const result = await explainWay(way, known, explain, soughtIn(way, readings));
    if (result.kind === 'explained' && !differs(result.plan)) return keep(result, known);
    if (isCut(result)) return told(way === own ? result : (ofOwn ?? refused('rate_limited')));
    if (result.kind === 'refused' && !isElsewhere(result)) {
      barred.add(meaning);
      if (result.code !== 'insufficient_privilege') return result;
      why ??= result;
      if (way === own) ofOwn = result;
      continue;
    }
    barred.delete(meaning);
    (hasty ? unlike : tried).add(meaning);
    if (way === own && !isOther(result)) ofOwn = result;
  }
  const isMore =
    more ||
    (pass !== 'barred' && barred.size > 0) ||
    ways.some(({ meaning }) => unlike.has(meaning) && !tried.has(meaning));
  if (!own && ofOwn) return told(ofOwn);
  if (!own)
    return isMore
      ? stillSought
      : (why ?? refused('ambiguous_schema', 'of none of them is what was counted'));
  const types = readings.alike?.types;
  const guessed = types && { typing: { types, verified: false, at: readings.since } };
  const result = ofOwn ?? (await explainWay(own, known, explain, guessed));
  // what may still turn out to be another is asked about again
  return result.kind === 'explained' && !isMore ? keep(result, known) : told(result);
}

/**
 * Is it asked only with the types that were right elsewhere, or that are likeliest? Columns may
 * have others here.
 */
const isHasty = ({ meaning, job }: Way, { unlike }: Readings): boolean =>
  !unlike.has(meaning) && job.sample === undefined && job.template.paramCount > 0;

/** What is known of its identifier there, and who wants to know what is found out. */
function soughtIn(way: Way, readings: Readings): Pick<ExplainJob, 'seek' | 'typing'> {
  const { meaning, job } = way;
  const { byId, alike, since } = readings;
  const before = byId.get(job.nativeId);
  const hasty = isHasty(way, readings);
  return {
    typing:
      before?.meaning === meaning ? { types: before.types, verified: true, at: since } : undefined,
    seek: {
      ...(alike && hasty ? { alike } : {}),
      hasty,
      saw(id, types) {
        if (id !== undefined && byId.size < idsLimit) byId.set(id, { meaning, types });
      },
      found(right) {
        readings.alike = right;
      },
    },
  };
}

interface Answered extends Extract<WayAnswer, { kind: 'explained' }> {
  way: Way;
  typing: KnownTyping | undefined;
}

async function explainWay(
  way: Way,
  known: KnownStatement,
  explain: Explain,
  sought: Partial<Pick<ExplainJob, 'seek' | 'typing'>> = {},
): Promise<Answered | Refusal> {
  const learned = (): Pick<ExplainJob, 'seek' | 'typing' | 'slow'> => ({
    typing: undefined,
    ...sought,
    ...(known.way === way.meaning ? { typing: known.typing } : {}),
    slow: known.slow ?? false,
  });
  let answer = await explain({ ...way.job, ...learned() });
  if (way.job.sample && (isNotFound(answer) || isUnreadable(answer))) {
    // its literals may hold names that only production's path finds, or mean something only there
    const { sample: _, ...generic } = way.job;
    answer = await explain({ ...generic, ...learned() });
  }
  if (answer.kind === 'refused' && answer.code === 'statement_timeout') known.slow = true;
  const doubtful = refusedFor(answer, way.doubts);
  if (doubtful || answer.kind === 'refused') return doubtful ?? (answer as Refusal);
  const { plan, typing } = answer;
  const { facts, named } = way;
  return { kind: 'explained', plan, facts, ...(named ? { named } : {}), way, typing };
}

function told(result: Answered | Refusal): WayAnswer {
  if (result.kind === 'refused') return result;
  const { way: _, typing: __, ...answer } = result;
  return answer;
}

function keep(result: Answered, known: KnownStatement): WayAnswer {
  const { way, typing } = result;
  if (known.way !== way.meaning) known.typing = undefined;
  known.way = way.meaning;
  if (typing && !way.job.sample) known.typing = typing;
  return told(result);
}

/** Nothing is known of the others either: there was no room to ask. */
const isCut = (result: Answered | Refusal): boolean =>
  result.kind === 'explained' &&
  result.typing === undefined &&
  result.plan.lossiness.includes('typing_unverified');

/** With these types it is another statement. */
const isOther = (result: Answered | Refusal): boolean =>
  result.kind === 'refused' && result.code === 'ambiguous_schema';

/** What says nothing against its being one of the other tables. */
const isElsewhere = (refusal: Refusal): boolean =>
  isOther(refusal) || isNotFound(refusal) || refusal.code === 'untrusted_function';

/** Class 22: a value that is none, such as `'31.12.2024'` where the month comes first. */
const isUnreadable = (answer: ExplainAnswer | Refusal): boolean =>
  answer.kind === 'refused' && answer.detail?.startsWith('SQLSTATE 22') === true;

const differs = ({ lossiness }: Plan): boolean =>
  lossiness.includes('typing_unverified') || lossiness.includes('identifier_differs');
