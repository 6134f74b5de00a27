import {
  type Answer,
  batchesOf,
  firstQuestions,
  type Inquiry,
  nextQuestions,
  type Question,
} from '../advice/atoms.ts';
import type { Candidate } from '../advice/candidates.ts';
import { AppError } from '../base/errors.ts';
import type { IndexSize } from '../planner/planner.ts';
import { type Asking, ask } from './asking.ts';
import type { Known } from './compare.ts';

/**
 * The questions of `advice/atoms.ts`, asked: each set of indexes is made once, the statements that
 * it is about are planned, and it is dropped again.
 */
export interface Tried {
  inquiry: Inquiry;
  sizes: Map<string, IndexSize>;
}

export async function tryAll(
  asking: Asking,
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Known>,
  tell: (done: number, of: number) => void,
): Promise<Tried> {
  const sizes: Tried['sizes'] = new Map();
  let inquiry = begin(candidates, known);
  for (let questions = firstQuestions(inquiry); questions.length > 0; ) {
    const batches = batchesOf(questions);
    for (const [i, { indexes, statements }] of batches.entries()) {
      tell(i, batches.length);
      const set = candidates.filter(({ id }) => indexes.includes(id));
      const made = await make(asking, set);
      for (const { candidate, size } of made) sizes.set(candidate.id, size);
      const answers =
        made.length === indexes.length
          ? await planAll(asking, statements, indexes, known)
          : unknown(statements, indexes);
      inquiry = { ...inquiry, answers: [...inquiry.answers, ...answers] };
      await drop(asking, made);
    }
    questions = nextQuestions(inquiry);
  }
  return { inquiry, sizes };
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
  };
}

async function planAll(
  asking: Asking,
  statements: readonly string[],
  indexes: Question['indexes'],
  known: ReadonlyMap<string, Known>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const fingerprint of statements) {
    const one = known.get(fingerprint);
    const answer = one && (await ask(asking, one.statement, one.text));
    const cost = answer?.kind === 'planned' ? answer.cost : undefined;
    answers.push({ statement: fingerprint, indexes, cost });
  }
  return answers;
}

const unknown = (statements: readonly string[], indexes: Question['indexes']): Answer[] =>
  statements.map((statement) => ({ statement, indexes, cost: undefined }));

export interface Made {
  candidate: Candidate;
  /** As the planner calls it. */
  id: string;
  size: IndexSize;
}

/** One that the planner cannot make is left out. */
export async function make(
  { world, signal }: Asking,
  candidates: readonly Candidate[],
): Promise<Made[]> {
  const made: Made[] = [];
  for (const candidate of candidates) {
    if (signal.aborted) throw signal.reason;
    try {
      made.push({ candidate, ...(await world.hypothesise(candidate.index, candidate.id)) });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'unplannable')) throw error;
    }
  }
  return made;
}

export async function drop({ world }: Asking, made: readonly Made[]): Promise<void> {
  for (const { id } of made) await world.drop(id);
}
