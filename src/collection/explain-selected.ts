import type { Clock } from '../base/clock.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { ReadyStatement, Session } from '../engines/engine.ts';
import type { BatchQuery } from '../model/batch.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import { type Refusal, refused } from '../model/refusal.ts';
import type { QueryContext } from '../model/statistics.ts';
import { currentTimeout, onAnswer, onTimeout } from '../safety/adaptive-timeout.ts';
import { rememberFailure } from '../safety/failure-memory.ts';
import { charge, filling, refill } from '../safety/token-bucket.ts';
import type { Selected } from './selection/select.ts';
import type { CycleSettings } from './settings.ts';
import type { TargetState } from './target-state.ts';

export interface ExplainDeps {
  session: Session;
  state: TargetState;
  settings: CycleSettings;
  clock: Clock;
  wanted: number;
  excludedFingerprints: readonly string[];
  excludedSchemas: readonly string[];
  /** Σ of the interval's top-level time, milliseconds. */
  windowMs: number;
  /** Where each result goes as soon as it is there: what comes before a failure is not lost. */
  into: BatchQuery[];
  analyse(plan: Plan, context: QueryContext & { timeShare: number }): Promise<Finding[]>;
}

/**
 * Explains what was selected, in order of rank, until enough statements have been asked about. Ones
 * that need no EXPLAIN to say no (utility statements, functions we do not trust) do not take a
 * place. Changes `state`: budgets, timeout, memory.
 */
export async function explainSelected(
  ranked: readonly Selected[],
  deps: ExplainDeps,
): Promise<void> {
  let asked = 0;
  for (let at = 0; at < ranked.length && asked < deps.wanted; ) {
    const group = ranked.slice(at, at + deps.wanted - asked);
    at += group.length;
    // One database after the other: a worker connection belongs to one.
    for (const members of Map.groupBy(
      group,
      ({ candidate }) => candidate.stats.database,
    ).values()) {
      const prepared = await deps.session.prepare(members.map(({ candidate }) => candidate.stats));
      for (const [i, statement] of prepared.entries()) {
        const selected = members[i] as Selected;
        const reason = statement.kind === 'ready' ? leftOut(statement, deps) : statement.refusal;
        const result =
          statement.kind === 'ready' && !reason
            ? await explainOne(statement, selected, deps)
            : (reason ?? refused('internal'));
        if (!reason) asked += 1;
        remember(selected, result, statement.fingerprint.value, deps);
        const { stats } = selected.candidate;
        const text = statement.text === undefined ? {} : { text: statement.text };
        deps.into.push({
          stats,
          fingerprint: statement.fingerprint,
          ...text,
          timeShare: timeShareOf(stats.totalMs, deps),
          strategy: selected.strategy,
          result,
        });
      }
    }
  }
}

const timeShareOf = (totalMs: number, { windowMs }: ExplainDeps): number =>
  windowMs > 0 ? totalMs / windowMs : 0;

function leftOut(
  { fingerprint, facts, shape }: ReadyStatement,
  { excludedFingerprints, excludedSchemas }: ExplainDeps,
): Refusal | undefined {
  if (excludedFingerprints.includes(fingerprint.value)) return refused('excluded', 'fingerprint');
  const schemas = [
    ...facts.map(({ schema }) => schema),
    ...shape.relations.flatMap(({ schema }) => schema ?? []),
  ];
  return schemas.some((schema) => excludedSchemas.includes(schema))
    ? refused('excluded', 'schema')
    : undefined;
}

async function explainOne(
  statement: ReadyStatement,
  { candidate }: Selected,
  deps: ExplainDeps,
): Promise<BatchQuery['result']> {
  const { session, state, settings, clock } = deps;
  if (filling(state.databaseTime, settings.databaseTime, clock.now()) < session.databaseMs)
    return refused('budget_spent', 'database time');
  const budget = refill(state.explains, settings.explains, clock.now());
  if (budget.tokens < 1) return refused('rate_limited');
  const timeout_ms = currentTimeout(state.timeout, settings.timeout);
  const { lockTimeout_ms, planBytes } = settings;
  const limits = { timeout_ms, lockTimeout_ms, planBytes, explains: Math.floor(budget.tokens) };
  const { sent, ...answer } = await session
    .explain(statement, limits)
    .catch((error: unknown) => ({ ...ofThisStatement(error), sent: 1 }));
  state.explains = charge(state.explains, settings.explains, clock.now(), sent);
  if (answer.kind === 'refused') {
    if (answer.code === 'statement_timeout')
      state.timeout = onTimeout(state.timeout, settings.timeout);
    return answer;
  }
  state.timeout = onAnswer(state.timeout, answer.took_ms);
  const facts = answer.facts ?? statement.facts;
  const excluded = leftOut({ ...statement, facts }, deps);
  if (excluded) return excluded;
  const { plan, took_ms } = answer;
  const context = { shape: statement.shape, facts };
  try {
    const findings = await deps.analyse(plan, {
      stats: candidate.stats,
      fingerprint: statement.fingerprint,
      ...context,
      timeShare: timeShareOf(candidate.stats.totalMs, deps),
    });
    return { kind: 'explained', plan, explainMs: took_ms, findings, context };
  } catch (error) {
    return ofThisStatement(error);
  }
}

/**
 * What is wrong with the server or the cycle says so with a code. Anything else is a mistake in
 * reading this statement's answer, and no other's.
 */
function ofThisStatement(error: unknown): Refusal {
  if (error instanceof AppError) throw error;
  return refused('internal', asAppError(error).message);
}

function remember(
  { candidate }: Selected,
  result: BatchQuery['result'],
  fingerprint: string,
  { state, clock }: ExplainDeps,
): void {
  const { key } = candidate.stats;
  if (result.kind === 'explained') {
    state.explained.set(key, { at: clock.now(), fingerprint, hash: result.plan.hash.shape });
    state.failures.delete(key);
    return;
  }
  const failure = rememberFailure(result.code, fingerprint, clock.now());
  if (failure) state.failures.set(key, failure);
}
