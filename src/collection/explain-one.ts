import { AppError, asAppError } from '../base/errors.ts';
import type { ExplainLimits, ExplainResult, Prepared, ReadyStatement } from '../engines/engine.ts';
import type { BatchQuery, Unexplained } from '../model/batch.ts';
import { type Fingerprint, type Plan, preorder } from '../model/plan.ts';
import { type Refusal, refused } from '../model/refusal.ts';
import type { QueryStats } from '../model/statistics.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { currentTimeout, onAnswer, onTimeout } from '../safety/adaptive-timeout.ts';
import { charge, filling, refill } from '../safety/token-bucket.ts';
import type { CycleSettings } from './settings.ts';
import type { CycleContext } from './step.ts';
import type { TargetState } from './target-state.ts';

/** Statements that were prepared: may they be asked now → EXPLAIN → what that costs → findings. */

/**
 * A write of so many costs a statement little more than one of twice as many would; what is on its
 * way cannot be taken back.
 */
const mostTogether = 16;

export interface Granted {
  kind: 'granted';
  limits: ExplainLimits;
  /** Statements that may be sent at once, at least one. */
  together: number;
}

/**
 * Budgets say whether, and how much at most. All that is sent at once takes no longer, should each
 * statement take all of its time, than one alone may by the spec: neither budget nor server can be
 * surprised by more than by one. One that outstays its time takes its connection along, and the
 * budget is asked again before the others are sent anew.
 */
export function mayAsk(
  { databaseTime, explains, timeout }: Pick<TargetState, 'databaseTime' | 'explains' | 'timeout'>,
  settings: CycleSettings,
  databaseMs: number,
  now: number,
): Granted | Refusal {
  if (!timeIsLeft(databaseTime, settings, databaseMs, now)) return refused('budget_spent');
  const tokens = Math.floor(refill(explains, settings.explains, now).tokens);
  if (tokens < 1) return refused('rate_limited');
  const { lockTimeout_ms, planBytes } = settings;
  const timeout_ms = currentTimeout(timeout, settings.timeout);
  const together = Math.max(1, Math.floor(settings.timeout.max_ms / timeout_ms));
  return {
    kind: 'granted',
    limits: { timeout_ms, lockTimeout_ms, planBytes },
    together: Math.min(together, tokens, mostTogether),
  };
}

/** Of the budget of database time, with what the cycle has taken so far. */
export const timeIsLeft = (
  databaseTime: TargetState['databaseTime'],
  settings: CycleSettings,
  databaseMs: number,
  now: number,
): boolean => filling(databaseTime, settings.databaseTime, now) >= databaseMs;

/** The first EXPLAIN of each statement that is sent now. */
export function chargeFirst(
  state: TargetState,
  settings: CycleSettings,
  statements: number,
  now: number,
): TargetState {
  return { ...state, explains: charge(state.explains, settings.explains, now, statements) };
}

/** What was sent beyond the first is charged, and the timeout learns how long the server takes. */
export function afterAnswer(
  state: TargetState,
  settings: CycleSettings,
  answer: ExplainResult,
  now: number,
): TargetState {
  const more = Math.max(0, answer.sent - 1);
  const explains = charge(state.explains, settings.explains, now, more);
  if (answer.kind === 'explained')
    return { ...state, explains, timeout: onAnswer(state.timeout, answer.took_ms) };
  return answer.code === 'statement_timeout'
    ? { ...state, explains, timeout: onTimeout(state.timeout, settings.timeout) }
    : { ...state, explains };
}

/** What a statement did in the interval, and of how long that was; absent: ever. */
export interface Judged {
  stats: QueryStats;
  timeShare: number;
  /** Milliseconds since the epoch. */
  at: number;
  interval_ms?: number;
}

/** Its findings; or why there are none, should the plan say that it was not to be had. */
export async function judge(
  answer: ExplainResult,
  statement: ReadyStatement,
  judged: Judged,
  context: CycleContext,
): Promise<BatchQuery['result']> {
  const { target, analyse } = context;
  if (answer.kind === 'refused') {
    const { sent: _, ...refusal } = answer;
    return judgeUnplanned(refusal, statement, judged, context);
  }
  const { took_ms, facts = statement.facts, settings = statement.settings } = answer;
  const { fingerprint, shape } = statement;
  const plan = planOf(answer.plan, fingerprint);
  const schemas = preorder(plan.root).flatMap(({ relation }) => relation?.schema ?? []);
  const excluded = excludedBy(
    { fingerprint, shape, facts, schemas },
    target.spec.collection.exclude,
  );
  if (excluded) return excluded;
  try {
    const known = { shape, facts, ...(settings ? { settings } : {}) };
    const findings = await analyse(plan, { ...judged, ...known, fingerprint });
    return { kind: 'explained', plan, context: known, explainMs: took_ms, findings };
  } catch (error) {
    return ofThisStatement(error);
  }
}

/** An engine knows the text's fingerprint alone. */
const planOf = (plan: Plan, fingerprint: Fingerprint): Plan =>
  plan.fingerprint.value === fingerprint.value ? plan : { ...plan, fingerprint };

/** There is no plan: what is known of the statement all the same tells something of its tables. */
export async function judgeUnplanned(
  refusal: Refusal,
  { fingerprint, shape, facts = [], schemas = [] }: Prepared,
  judged: Judged,
  { target, analyseUnplanned }: CycleContext,
): Promise<Unexplained> {
  const { exclude } = target.spec.collection;
  // What only reads may read anything in any way.
  if (refusal.code === 'excluded' || !shape?.writes?.length || facts.length === 0) return refusal;
  const excluded = excludedBy({ fingerprint, shape, facts, schemas }, exclude);
  if (excluded) return excluded;
  try {
    const findings = await analyseUnplanned({ ...judged, shape, facts, fingerprint });
    return { ...refusal, findings };
  } catch (error) {
    return ofThisStatement(error);
  }
}

/** What the spec leaves out, as far as it shows only when the names of a text are known. */
export function excludedBy(
  {
    fingerprint,
    facts,
    schemas: named = [],
    shape,
  }: Pick<ReadyStatement, 'fingerprint' | 'facts' | 'schemas' | 'shape'>,
  { fingerprints, schemas }: DatabaseTargetSpec['collection']['exclude'],
): Refusal | undefined {
  if (fingerprints.includes(fingerprint.value)) return refused('excluded', 'fingerprint');
  if (schemas.length === 0) return undefined;
  const used = [
    ...named,
    ...facts.map(({ schema }) => schema),
    ...shape.relations.flatMap(({ schema }) => schema ?? []),
  ];
  return used.some((schema) => schemas.includes(schema))
    ? refused('excluded', 'schema')
    : undefined;
}

/**
 * What is wrong with the server or the cycle says so with a code. Anything else is a mistake in
 * reading this statement's answer, and no other's.
 */
export function ofThisStatement(error: unknown): Refusal {
  if (error instanceof AppError) throw error;
  return refused('internal', asAppError(error).message);
}
