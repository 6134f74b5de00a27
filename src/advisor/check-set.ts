import type { Candidate } from '../advice/candidates.ts';
import { type Dropped, finalCheck } from '../advice/final-check.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import type { Plan } from '../model/plan.ts';
import { drop, type Made, make } from './asked.ts';
import { type Asking, askLeast } from './asking.ts';
import type { Known } from './compare.ts';
import { namesInPlans, readIn } from './names-in-plans.ts';
import { cheapestWith, onItsTables, type Planned, type Plans, planKey } from './reuse.ts';

/**
 * The set that was chosen, planned as a whole, until nothing of it has to go
 * (`advice/final-check.ts` says what): what the model did not know shows here. What was planned
 * with the very same indexes on its tables is not asked for again.
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

/** Without anybody to ask, by what was planned before: of the rest nothing is said. */
export async function checkSet(
  asking: Asking | undefined,
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Known>,
  plans: Plans,
): Promise<Checked> {
  let chosen = candidates;
  let dropped: readonly Dropped[] = [];
  let learnt = plans;
  for (;;) {
    const made = asking ? await make(asking, chosen) : chosen.map(unmade);
    const set = made.map(({ candidate }) => candidate);
    const { after, planned } = await planAll(asking, set, known, learnt);
    const ids = set.map(({ id }) => id);
    const verdict = finalCheck(ids, [...after.values()].map(wholePlan), dropped);
    const left = made.filter(({ candidate }) => verdict.chosen.includes(candidate.id));
    if (verdict.kind === 'accepted') return { made: left, after, dropped: verdict.dropped };
    if (asking) await drop(asking, made);
    if (left.length === 0) return { made: [], after: new Map(), dropped: verdict.dropped };
    chosen = left.map(({ candidate }) => candidate);
    learnt = new Map([...learnt, ...planned]);
    dropped = verdict.dropped;
  }
}

const unmade = (candidate: Candidate): Made => ({
  candidate,
  id: candidate.id,
  size: { bytes: candidate.bytes, confidence: 'medium' },
});

const wholePlan = ({ statement, costBefore, costAfter, reads }: After) => ({
  statement: statement.fingerprint,
  before: costBefore,
  after: costAfter,
  uses: reads,
});

/** Of those that read a table on which something is chosen; the others stay as they are. */
async function planAll(
  asking: Asking | undefined,
  set: readonly Candidate[],
  known: ReadonlyMap<string, Known>,
  plans: Plans,
): Promise<{ after: Checked['after']; planned: Map<string, Planned> }> {
  const names = namesInPlans(set, asking?.relations ?? []);
  const after: Checked['after'] = new Map();
  const planned = new Map<string, Planned>();
  for (const [fingerprint, one] of known) {
    const { statement, cost } = one;
    const own = onItsTables(statement, set) ?? set;
    if (own.length === 0) continue;
    const ids = own.map(({ id }) => id);
    const key = planKey(fingerprint, ids);
    const answer = asking
      ? (plans.get(key) ?? (await planNow(asking, one)))
      : cheapestWith(plans, fingerprint, ids);
    if (!answer) continue;
    planned.set(key, answer);
    after.set(fingerprint, {
      statement,
      costBefore: cost,
      costAfter: answer.cost,
      plan: answer.plan,
      reads: readIn(answer.plan, names),
    });
  }
  return { after, planned };
}

async function planNow(asking: Asking, one: Known): Promise<Planned | undefined> {
  const answer = await askLeast(asking, one);
  return answer.kind === 'planned' ? answer : undefined;
}
