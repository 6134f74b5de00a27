import { contentHash, proposalId } from '../advice/identity.ts';
import type { Ddl } from '../engines/engine.ts';
import type { ProposedPlan } from '../history/advice.ts';
import type { EngineName } from '../model/engine-name.ts';
import {
  type Change,
  type Evidence,
  effectOn,
  type Proposal,
  type StatementEffect,
} from '../model/proposal.ts';
import type { Planner } from '../planner/planner.ts';
import type { After } from './check-set.ts';
import type { Judged } from './confidence.ts';
import { perDay } from './workload.ts';

/** What was found out → proposals, each with who gains, who pays, and on what it stands. Pure. */
export interface Subject {
  target: Proposal['target'];
  engine: EngineName;
  now: number;
  /** Of the history, and of all statements in it. */
  span_ms: number;
  totalMs: number;
}

/** How long nobody needs to decide. */
const validFor_ms = 14 * 86_400_000;
const shownStatements = 20;

export const proposalOf = (
  { target, engine, now, span_ms }: Subject,
  database: string,
  change: Change,
  { apply, rollback }: Ddl,
  reason: string,
  evidence: Evidence,
): Proposal => {
  const hash = contentHash({ targetUid: target.uid, engine, database, change });
  return {
    id: proposalId(hash),
    contentHash: hash,
    target,
    engine,
    database,
    madeAt: now,
    expiresAt: now + validFor_ms,
    change,
    apply,
    rollback,
    reason,
    evidence: { ...evidence, watchedMs: span_ms },
  };
};

/** Of one index that is to be made. */
export interface Measured {
  planner: Planner['kind'];
  name: string;
  bytes: number;
  /** Milliseconds a day, as the statements' times follow their costs. */
  writeMsPerDay: number;
  judged: Judged;
  agreement: number;
}

export function evidenceOf(
  { planner, name, bytes, writeMsPerDay, judged, agreement }: Measured,
  after: Iterable<After>,
  subject: Subject,
): Evidence {
  const effects = [...after]
    .map((each) => ({ each, share: shareOf(each, name) }))
    .filter(({ each, share }) => share > 0 || isDearer(each));
  const saved = effects.reduce(
    (sum, { each, share }) => sum + share * savedMs(each, subject.span_ms),
    0,
  );
  return {
    planner,
    ...judged,
    agreement,
    statements: effects
      .map(({ each }) => effectOf(each, subject.span_ms))
      .toSorted((a, b) => changeOf(b) - changeOf(a))
      .slice(0, shownStatements),
    benefitMsPerDay: saved,
    benefitShare: saved / perDay(subject.totalMs, subject.span_ms),
    sizeBytes: bytes,
    writeMsPerDay,
  };
}

/** Several indexes of one plan have an equal part in what it saves. */
const shareOf = ({ reads }: After, name: string): number =>
  reads.includes(name) ? 1 / reads.length : 0;

/** Less is a digit. */
const noticed = 0.001;
const isDearer = ({ costBefore, costAfter }: After): boolean =>
  costAfter > costBefore * (1 + noticed);

/** Of a day, if time follows cost. */
const savedMs = ({ statement, costBefore, costAfter }: After, span_ms: number): number =>
  costBefore > 0 ? perDay(statement.weight.totalMs, span_ms) * (1 - costAfter / costBefore) : 0;

function effectOf(
  { statement, costBefore, costAfter, plan }: After,
  span_ms: number,
): StatementEffect {
  const { fingerprint, text, weight } = statement;
  return {
    fingerprint,
    ...(text === undefined ? {} : { text }),
    callsPerDay: perDay(weight.calls, span_ms),
    msPerDay: perDay(weight.totalMs, span_ms),
    costBefore,
    costAfter,
    ...(statement.plan ? { planBefore: statement.plan.hash.shape } : {}),
    planAfter: plan.hash.shape,
  };
}

const changeOf = ({ msPerDay, costBefore = 0, costAfter = 0 }: StatementEffect): number =>
  Math.abs(msPerDay * (1 - costAfter / Math.max(costBefore, Number.MIN_VALUE)));

/** Plans that go with a proposal: of the statements that it names. */
export const plansOf = (
  { id, evidence }: Proposal,
  after: ReadonlyMap<string, After>,
): ProposedPlan[] =>
  evidence.statements.flatMap(({ fingerprint }) => {
    const plan = after.get(fingerprint)?.plan;
    return plan ? [{ proposal: id, fingerprint, plan }] : [];
  });

/** `3 statements would read it, above all SELECT id FROM orders …`. */
export function reasonOf({ statements, planner }: Evidence): string {
  const gain = statements.filter((each) => ['gains', 'unplanned'].includes(effectOn(each)));
  const many = gain.length === 1 ? 'one statement' : `${gain.length} statements`;
  const text = gain[0]?.text?.replaceAll(/\s+/g, ' ').trim();
  const shown = text && text.length > shownText ? `${text.slice(0, shownText - 1)}…` : text;
  const reads = planner === 'rules' ? 'could read it' : 'would read it';
  return `${many} ${reads}${shown ? `, above all: ${shown}` : ''}`;
}
const shownText = 120;
