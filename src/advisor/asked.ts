import {
  type Answer,
  answersOf,
  type Batch,
  batchesOf,
  firstQuestions,
  type Inquiry,
  nextQuestions,
  widestQuestions,
} from '../advice/atoms.ts';
import type { Candidate } from '../advice/candidates.ts';
import { AppError } from '../base/errors.ts';
import type { IndexSize } from '../planner/planner.ts';
import { type Answer as Answered, type Asking, askLeast } from './asking.ts';
import type { Known } from './compare.ts';
import { gainOf } from './gain.ts';
import { namesInPlans, partitionIndexes, readIn } from './names-in-plans.ts';
import { type Planned, type Plans, planKey } from './reuse.ts';

/**
 * The questions of `advice/atoms.ts`, asked: each set of indexes is made once, the statements that
 * it is about are planned, and it is dropped again.
 */
export interface Tried {
  inquiry: Inquiry;
  sizes: Map<string, IndexSize>;
  /** Of each statement with each set that was tried. */
  plans: Plans;
  /** Statements of which nobody can say whether they gain: it depends on the value. */
  unsure: ReadonlySet<string>;
}

export async function tryAll(
  asking: Asking,
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Known>,
  { dear, tell }: { dear: ReadonlySet<string>; tell: (done: number, of: number) => void },
): Promise<Tried> {
  const sizes: Tried['sizes'] = new Map();
  const plans = new Map<string, Planned>();
  const unsure = new Set<string>();
  let inquiry: Inquiry = { ...begin(candidates, known), dear };
  const inBatch = async ({ indexes, statements }: Batch) => {
    const set = candidates.filter(({ id }) => indexes.includes(id));
    const made = await make(asking, set);
    for (const { candidate, size } of made) sizes.set(candidate.id, size);
    const sure = statements.filter((each) => !unsure.has(each));
    const planned = await planAll(asking, sure, known);
    await drop(asking, made);
    inquiry = { ...inquiry, asked: inquiry.asked + statements.length };
    return { planned, made: made.map(({ candidate }) => candidate) };
  };
  const keep = (statement: string, indexes: readonly string[], each: Planned) =>
    plans.set(planKey(statement, indexes), each);
  const add = (answers: readonly Answer[]) => {
    inquiry = { ...inquiry, answers: [...inquiry.answers, ...answers] };
  };
  const widest = widestQuestions(inquiry);
  for (const [i, batch] of widest.entries()) {
    tell(i, widest.length);
    const { planned, made } = await inBatch(batch);
    const names = namesInPlans(made, asking.relations);
    for (const [statement, each] of planned) {
      if (gainOf(each, known.get(statement)?.cost ?? 0) === 'depends') unsure.add(statement);
      const used = readIn(each.plan, names);
      keep(statement, used, each);
      // Of those that were not there nothing is learnt.
      add(answersOf({ ...inquiry, candidates: made }, statement, { used, cost: each.cost }));
    }
  }
  for (let questions = firstQuestions(inquiry); questions.length > 0; ) {
    const batches = batchesOf(questions);
    for (const [i, batch] of batches.entries()) {
      tell(i, batches.length);
      const { planned, made } = await inBatch(batch);
      const whole = made.length === batch.indexes.length;
      for (const statement of batch.statements) {
        const each = whole ? planned.get(statement) : undefined;
        if (each) keep(statement, batch.indexes, each);
        add([{ statement, indexes: batch.indexes, cost: each?.cost }]);
      }
    }
    questions = nextQuestions(inquiry);
  }
  return { inquiry, sizes, plans, unsure };
}

/** Costs as things are were learnt when plans were compared. */
function begin(candidates: readonly Candidate[], known: ReadonlyMap<string, Known>): Inquiry {
  const all = [...known.values()];
  return {
    candidates,
    statements: all.map(({ statement }) => ({
      fingerprint: statement.fingerprint,
      calls: statement.weight.calls,
    })),
    answers: all.map(({ statement, cost }) => ({
      statement: statement.fingerprint,
      indexes: [],
      cost,
    })),
    asked: all.length,
  };
}

type PlannedAnswer = Extract<Answered, { kind: 'planned' }>;

/** Those that can be planned. */
async function planAll(
  asking: Asking,
  statements: readonly string[],
  known: ReadonlyMap<string, Known>,
): Promise<Map<string, PlannedAnswer>> {
  const planned = new Map<string, PlannedAnswer>();
  for (const fingerprint of statements) {
    const one = known.get(fingerprint);
    const answer = one && (await askLeast(asking, one));
    if (answer?.kind === 'planned') planned.set(fingerprint, answer);
  }
  return planned;
}

export interface Made {
  candidate: Candidate;
  /** As the planner calls it. */
  id: string;
  size: IndexSize;
}

/** One that the planner cannot make is left out. */
export async function make(
  { world, relations, signal }: Asking,
  candidates: readonly Candidate[],
): Promise<Made[]> {
  const made: Made[] = [];
  for (const candidate of candidates) {
    if (signal.aborted) throw signal.reason;
    try {
      const partitions = partitionIndexes(candidate.index, relations);
      const { id, size } = await world.hypothesise(candidate.index, candidate.id, partitions);
      made.push({ candidate, id, size: size ?? { bytes: candidate.bytes, confidence: 'medium' } });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'unplannable')) throw error;
    }
  }
  return made;
}

export async function drop({ world }: Asking, made: readonly Made[]): Promise<void> {
  for (const { id } of made) await world.drop(id);
}
