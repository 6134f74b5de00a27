import { AppError, asAppError } from '../base/errors.ts';
import type { ExplainLimits, ExplainResult, ReadyStatement, Session } from '../engines/engine.ts';
import type { BatchQuery } from '../model/batch.ts';
import { type Refusal, refused } from '../model/refusal.ts';
import type { QueryStats } from '../model/statistics.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { currentTimeout, onAnswer, onTimeout } from '../safety/adaptive-timeout.ts';
import { charge, filling, refill } from '../safety/token-bucket.ts';
import type { CycleSettings } from './settings.ts';
import type { CycleContext } from './step.ts';
import type { TargetState } from './target-state.ts';

/** One statement that was prepared: may it be asked now → EXPLAIN → what that costs → findings. */

export async function ask(
  statement: ReadyStatement,
  state: TargetState,
  { session, settings, clock }: CycleContext & { session: Session },
): Promise<{ state: TargetState; answer: ExplainResult }> {
  const verdict = mayAsk(state, settings, session.databaseMs, clock.now());
  if (verdict.kind === 'refused') return { state, answer: { ...verdict, sent: 0 } };
  const answer = await session
    .explain(statement, verdict.limits)
    .catch((error: unknown) => ({ ...ofThisStatement(error), sent: 1 }));
  return { state: afterAnswer(state, settings, answer, clock.now()), answer };
}

/** Budgets say whether, and how much at most. */
export function mayAsk(
  state: Pick<TargetState, 'databaseTime' | 'explains' | 'timeout'>,
  settings: CycleSettings,
  databaseMs: number,
  now: number,
): { kind: 'granted'; limits: ExplainLimits } | Refusal {
  if (filling(state.databaseTime, settings.databaseTime, now) < databaseMs)
    return refused('budget_spent', 'database time');
  const { tokens } = refill(state.explains, settings.explains, now);
  if (tokens < 1) return refused('rate_limited');
  const { lockTimeout_ms, planBytes } = settings;
  const timeout_ms = currentTimeout(state.timeout, settings.timeout);
  const limits = { timeout_ms, lockTimeout_ms, planBytes, explains: Math.floor(tokens) };
  return { kind: 'granted', limits };
}

/** What was sent is charged, and the timeout learns how long the server takes. */
export function afterAnswer(
  state: TargetState,
  settings: CycleSettings,
  answer: ExplainResult,
  now: number,
): TargetState {
  const explains = charge(state.explains, settings.explains, now, answer.sent);
  if (answer.kind === 'explained')
    return { ...state, explains, timeout: onAnswer(state.timeout, answer.took_ms) };
  return answer.code === 'statement_timeout'
    ? { ...state, explains, timeout: onTimeout(state.timeout, settings.timeout) }
    : { ...state, explains };
}

/** Its findings; or why there are none, should the plan say that it was not to be had. */
export async function judge(
  answer: ExplainResult,
  statement: ReadyStatement,
  { stats, timeShare }: { stats: QueryStats; timeShare: number },
  { target, analyse }: CycleContext,
): Promise<BatchQuery['result']> {
  if (answer.kind === 'refused') {
    const { sent: _, ...refusal } = answer;
    return refusal;
  }
  const { plan, took_ms, facts = statement.facts } = answer;
  const { fingerprint, shape } = statement;
  const excluded = excludedBy({ fingerprint, shape, facts }, target.spec.collection.exclude);
  if (excluded) return excluded;
  try {
    const findings = await analyse(plan, { stats, fingerprint, shape, facts, timeShare });
    return { kind: 'explained', plan, context: { shape, facts }, explainMs: took_ms, findings };
  } catch (error) {
    return ofThisStatement(error);
  }
}

/** What the spec leaves out, as far as it shows only when the names of a text are known. */
export function excludedBy(
  { fingerprint, facts, shape }: Pick<ReadyStatement, 'fingerprint' | 'facts' | 'shape'>,
  { fingerprints, schemas }: DatabaseTargetSpec['collection']['exclude'],
): Refusal | undefined {
  if (fingerprints.includes(fingerprint.value)) return refused('excluded', 'fingerprint');
  const used = [
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
function ofThisStatement(error: unknown): Refusal {
  if (error instanceof AppError) throw error;
  return refused('internal', asAppError(error).message);
}
