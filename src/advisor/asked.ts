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
  /** Whoever was asked went away before all was: of what has no plan here nothing is known. */
  cut: boolean;
}

export interface TryOptions {
  dear: ReadonlySet<string>;
  tell: (done: number, of: number) => void;
  /** Whether an error is that whoever is asked is gone, and what was learnt before stands. */
  lost: (error: unknown) => boolean;
}

export async function tryAll(
  asking: Asking,
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Known>,
  { dear, tell, lost }: TryOptions,
): Promise<Tried> {
  const sizes: Tried['sizes'] = new Map();
  const plans = new Map<string, Planned>();
  const unsure = new Set<string>();
  let inquiry: Inquiry = { ...begin(candidates, known), dear };
  const inBatch = async ({ indexes, statements }: Batch, keepOf: KeepOf) => {
    const set = candidates.filter(({ id }) => indexes.includes(id));
    const made = await make(asking, set);
    for (const { candidate, size } of made) sizes.set(candidate.id, size);
    const sure = statements.filter((each) => !unsure.has(each));
    await planEach(asking, sure, known, keepOf(made.map(({ candidate }) => candidate)));
    await drop(asking, made);
    inquiry = { ...inquiry, asked: inquiry.asked + statements.length };
  };
  const keep = (statement: string, indexes: readonly string[], each: Planned) =>
    plans.set(planKey(statement, indexes), each);
  const add = (answers: readonly Answer[]) => {
    inquiry = { ...inquiry, answers: [...inquiry.answers, ...answers] };
  };
  const askAll = async () => {
    const widest = widestQuestions(inquiry);
    for (const [i, batch] of widest.entries()) {
      tell(i, widest.length);
      await inBatch(batch, (made) => {
        const names = namesInPlans(made, asking.relations);
        return (statement, each) => {
          if (gainOf(each, known.get(statement)?.cost ?? 0) === 'depends') unsure.add(statement);
          const used = readIn(each.plan, names);
          keep(statement, used, each);
          // Of those that were not there nothing is learnt.
          add(answersOf({ ...inquiry, candidates: made }, statement, { used, cost: each.cost }));
        };
      });
    }
    for (let questions = firstQuestions(inquiry); questions.length > 0; ) {
      const batches = batchesOf(questions);
      for (const [i, batch] of batches.entries()) {
        tell(i, batches.length);
        const { indexes } = batch;
        const answered = new Set<string>();
        await inBatch(batch, (made) => (statement, each) => {
          if (made.length < indexes.length) return;
          answered.add(statement);
          keep(statement, indexes, each);
          add([{ statement, indexes, cost: each.cost }]);
        });
        add(
          batch.statements
            .filter((each) => !answered.has(each))
            .map((statement) => ({ statement, indexes, cost: undefined })),
        );
      }
      questions = nextQuestions(inquiry);
    }
  };
  const cut = await cutShort(askAll, (error) => plans.size > 0 && lost(error));
  return { inquiry, sizes, plans, unsure, cut };
}

async function cutShort(
  work: () => Promise<void>,
  lost: (error: unknown) => boolean,
): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!lost(error)) throw error;
    return true;
  }
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
type Keep = (statement: string, planned: PlannedAnswer) => void;
/** By what could be made of the batch. */
type KeepOf = (made: readonly Candidate[]) => Keep;

/** Those that can be planned; each is kept at once, since the next may be asked of nobody. */
async function planEach(
  asking: Asking,
  statements: readonly string[],
  known: ReadonlyMap<string, Known>,
  keep: Keep,
): Promise<void> {
  for (const fingerprint of statements) {
    const one = known.get(fingerprint);
    const answer = one && (await askLeast(asking, one));
    if (answer?.kind === 'planned') keep(fingerprint, answer);
  }
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
