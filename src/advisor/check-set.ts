import type { Candidate } from '../advice/candidates.ts';
import { type Dropped, finalCheck } from '../advice/final-check.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import type { Plan } from '../model/plan.ts';
import { drop, type Made, make } from './asked.ts';
import { type Asking, ask, indexesIn } from './asking.ts';
import type { Known } from './compare.ts';

/**
 * The set that was chosen, planned as a whole, until nothing of it has to go
 * (`advice/final-check.ts` says what): what the model did not know shows here.
 */
export interface Checked {
  made: Made[];
  after: Map<string, After>;
  dropped: readonly Dropped[];
}

/** A statement with all that is proposed. */
export interface After {
  statement: WorkloadStatement;
  costBefore: number;
  costAfter: number;
  plan: Plan;
  /** Of the set. */
  reads: string[];
}

export async function checkSet(
  asking: Asking,
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Known>,
): Promise<Checked> {
  let chosen = candidates;
  let dropped: readonly Dropped[] = [];
  for (;;) {
    const made = await make(asking, chosen);
    const after = await planAll(asking, made, known);
    const ids = made.map(({ candidate }) => candidate.id);
    const verdict = finalCheck(ids, [...after.values()].map(wholePlan), dropped);
    const left = made.filter(({ candidate }) => verdict.chosen.includes(candidate.id));
    if (verdict.kind === 'accepted') return { made: left, after, dropped: verdict.dropped };
    await drop(asking, made);
    if (left.length === 0) return { made: [], after: new Map(), dropped: verdict.dropped };
    chosen = left.map(({ candidate }) => candidate);
    dropped = verdict.dropped;
  }
}

const wholePlan = ({ statement, costBefore, costAfter, reads }: After) => ({
  statement: statement.fingerprint,
  before: costBefore,
  after: costAfter,
  uses: reads,
});

async function planAll(
  asking: Asking,
  made: readonly Made[],
  known: ReadonlyMap<string, Known>,
): Promise<Checked['after']> {
  const names = new Set(made.map(({ candidate }) => candidate.id));
  const after: Checked['after'] = new Map();
  for (const [fingerprint, { statement, text, cost }] of known) {
    const answer = await ask(asking, statement, text);
    if (answer.kind === 'planned')
      after.set(fingerprint, {
        statement,
        costBefore: cost,
        costAfter: answer.cost,
        plan: answer.plan,
        reads: indexesIn(answer.plan, names),
      });
  }
  return after;
}
