import type { Candidate } from './candidates.ts';
import type { CandidateCost, Problem } from './problem.ts';

/**
 * What a what-if planner is asked, and what becomes of its answers. First with all candidates at
 * once: of them a plan uses the one or two that serve it best, and would be the same with these
 * alone; where it uses none, none helps. Then candidates alone, for the statements that they were
 * thought of for; then pairs of those that helped, on different tables. How often it is asked is
 * bounded, and the same is never asked twice. Pure: whoever has a planner asks.
 */
export interface Question {
  statement: string;
  /** Ids of candidates, in order; none: as things are. */
  indexes: readonly string[];
}

/** Undefined: it could not be planned, and nothing follows from it. */
export interface Answer extends Question {
  cost: number | undefined;
}

export interface Inquiry {
  candidates: readonly Candidate[];
  /** Heaviest first. */
  statements: readonly InquiryStatement[];
  /** What was learnt so far; costs of plans as things are among it, where they are known. */
  answers: readonly Answer[];
  /** Plans that were asked for; an answer may follow from another one. */
  asked: number;
  /** Candidates that are dear to make: only asked about with all others. */
  dear?: ReadonlySet<string>;
}

export interface InquiryStatement {
  fingerprint: string;
  /** Executions. */
  calls: number;
}

/** Of all passes, for each statement: an index is made in some 15 ms, a plan in one. */
const callsOfStatement = 4;
/** Of them, one is left for the check of the whole set. */
const callsOfCheck = 1;
/** Of them, those that are left to the second pass. */
const shareOfPairs = 0.15;
/** With few statements each may be asked about as long. */
const leastCalls = 60;
/** Of a statement's candidates, those that are tried in pairs. */
const mostPaired = 6;
/** Of the cost: what saves less is chance, or costs as much again when rows are written. */
const leastSaving = 0.01;

/** Without those of the check. */
export const mostQuestions = (statements: number): number =>
  Math.max(leastCalls, statements * (callsOfStatement - callsOfCheck));

/** With how many indexes at once a plan is asked for: each is thought of with each. */
const mostTogether = 200;

/** Statements that something was thought of for, in lots of so many candidates. */
export function widestQuestions({ statements, candidates }: Inquiry): Batch[] {
  const lots: { indexes: Set<string>; statements: string[] }[] = [];
  for (const { fingerprint } of statements) {
    const own = candidates
      .filter((each) => each.statements.includes(fingerprint))
      .map(({ id }) => id);
    if (own.length === 0) continue;
    const last = lots.at(-1);
    const joined = new Set([...(last?.indexes ?? []), ...own]);
    if (last && joined.size <= mostTogether) {
      last.indexes = joined;
      last.statements.push(fingerprint);
    } else lots.push({ indexes: new Set(own), statements: [fingerprint] });
  }
  return lots.map((lot) => ({ ...lot, indexes: [...lot.indexes] }));
}

/**
 * Of all that were there a plan used these: with these alone it is the same. One that uses none and
 * is another one all the same says nothing.
 */
export function answersOf(
  inquiry: Inquiry,
  statement: string,
  { used, cost }: { used: readonly string[]; cost: number },
): Answer[] {
  if (used.length > 0) return [{ statement, indexes: used.toSorted(), cost }];
  const base = costsOf(inquiry).get(statement)?.base;
  if (base === undefined || cost < base * (1 - leastSaving)) return [];
  return inquiry.candidates
    .filter((each) => each.statements.includes(statement))
    .map(({ id }) => ({ statement, indexes: [id], cost }));
}

/** Costs as things are, and of candidates alone: those first that some plan would rather have. */
export function firstQuestions(inquiry: Inquiry): Question[] {
  const { statements, candidates } = inquiry;
  const most = Math.floor(mostQuestions(statements.length) * (1 - shareOfPairs));
  const liked = likedOf(inquiry);
  const base = statements.map(({ fingerprint }) => ({ statement: fingerprint, indexes: [] }));
  const named = new Map(
    statements.map(({ fingerprint }) => [
      fingerprint,
      candidates
        .filter(({ id, statements: of }) => of.includes(fingerprint) && !inquiry.dear?.has(id))
        .toSorted((a, b) => Number(liked.has(b.id)) - Number(liked.has(a.id))),
    ]),
  );
  // The likeliest of all statements before the second of any.
  const ranks = Math.max(0, ...[...named.values()].map(({ length }) => length));
  const alone = Array.from({ length: ranks }, (_, rank) =>
    statements.flatMap(({ fingerprint }): Question[] => {
      const candidate = named.get(fingerprint)?.[rank];
      return candidate ? [{ statement: fingerprint, indexes: [candidate.id] }] : [];
    }),
  ).flat();
  return unanswered(inquiry, [...base, ...alone]).slice(0, Math.max(0, most - inquiry.asked));
}

/** Pairs of what helped a statement, most promising first; none: nothing more is to be asked. */
export function nextQuestions(inquiry: Inquiry): Question[] {
  const { statements, candidates } = inquiry;
  const left = mostQuestions(statements.length) - inquiry.asked;
  const tableOf = new Map(candidates.map(({ id, index }) => [id, tableName(index)]));
  const known = costsOf(inquiry);
  const pairs = statements.flatMap(({ fingerprint, calls }) => {
    const best = bestOf(known.get(fingerprint))
      .filter(({ id }) => !inquiry.dear?.has(id))
      .slice(0, mostPaired);
    return best.flatMap((one, i) =>
      best
        .slice(i + 1)
        .filter((two) => tableOf.get(two.id) !== tableOf.get(one.id))
        .map((two) => ({
          statement: fingerprint,
          indexes: [one.id, two.id].toSorted(),
          promise: (one.saving + two.saving) * calls,
        })),
    );
  });
  const ordered = pairs
    .toSorted((a, b) => b.promise - a.promise)
    .map(({ statement, indexes }) => ({ statement, indexes }));
  return unanswered(inquiry, ordered).slice(0, Math.max(0, left));
}

/** What some plan saves by. */
const likedOf = (inquiry: Inquiry): ReadonlySet<string> =>
  new Set(
    [...costsOf(inquiry).values()].flatMap(({ base, sets }) =>
      sets.filter(({ cost }) => cost < base).flatMap(({ indexes }) => indexes),
    ),
  );

export interface Batch {
  indexes: readonly string[];
  statements: string[];
}

/** Questions by what has to be there for them: each set is made once. */
export function batchesOf(questions: readonly Question[]): Batch[] {
  const groups = Map.groupBy(questions, ({ indexes }) => indexes.join('\n'));
  return [...groups.values()].map((group) => ({
    indexes: group[0]?.indexes ?? [],
    statements: group.map(({ statement }) => statement),
  }));
}

export interface Limits {
  budgetBytes: number;
  perTable: number;
  /** Of candidates, by id, where the planner says it; else our own estimate. */
  bytes?: ReadonlyMap<string, number>;
  /** What writes pay for a candidate, in the planner's units: `write-cost.ts`. */
  writeCost(candidate: Candidate): number;
  /** Indexes that are there, by table: they count, and stay. */
  existing: readonly { id: string; table: string }[];
}

/** What was answered, as numbers: candidates that save nothing anywhere are left out. */
export function toProblem(inquiry: Inquiry, limits: Limits): Problem {
  const known = costsOf(inquiry);
  const planned = inquiry.statements.filter(({ fingerprint }) => known.has(fingerprint));
  const base = new Map(
    planned.map(({ fingerprint }) => [fingerprint, known.get(fingerprint)?.base ?? 0]),
  );
  const atoms = planned.flatMap(({ fingerprint }) => {
    const { base: now = 0, sets = [] } = known.get(fingerprint) ?? {};
    return sets
      .filter(({ cost }) => now - cost >= leastSaving * now)
      .map(({ indexes, cost }) => ({ statement: fingerprint, indexes, cost }));
  });
  const useful = new Set(atoms.flatMap(({ indexes }) => indexes));
  const costs = inquiry.candidates
    .filter(({ id }) => useful.has(id))
    .map(
      (candidate): CandidateCost => ({
        id: candidate.id,
        table: tableName(candidate.index),
        bytes: limits.bytes?.get(candidate.id) ?? candidate.bytes,
        writeCost: limits.writeCost(candidate),
      }),
    );
  const dominated = dominatedOf(costs, atoms, base);
  const kept = ({ indexes }: { indexes: readonly string[] }) =>
    !indexes.some((each) => dominated.has(each));
  return {
    base,
    weight: new Map(planned.map(({ fingerprint, calls }) => [fingerprint, calls])),
    atoms: atoms.filter(kept),
    indexes: [
      ...costs.filter(({ id }) => !dominated.has(id)),
      ...limits.existing.map(({ id, table }) => ({
        id,
        table,
        bytes: 0,
        writeCost: 0,
        pinned: true as const,
      })),
    ],
    budgetBytes: limits.budgetBytes,
    perTable: limits.perTable,
  };
}

export const tableName = ({ schema, table }: { schema: string; table: string }): string =>
  JSON.stringify([schema, table]);

/**
 * Never better than another on its table: no smaller, no cheaper to keep, and in no set does any
 * statement cost less with it.
 */
function dominatedOf(
  costs: readonly CandidateCost[],
  atoms: Problem['atoms'],
  base: Problem['base'],
): ReadonlySet<string> {
  const key = (statement: string, indexes: readonly string[]) =>
    [statement, ...indexes.toSorted()].join('\n');
  const costOf = new Map(atoms.map((each) => [key(each.statement, each.indexes), each.cost]));
  const withIt = Map.groupBy(
    atoms.flatMap((atom) => atom.indexes.map((id) => ({ id, atom }))),
    ({ id }) => id,
  );
  const dominated = new Set<string>();
  for (const one of costs) {
    const better = costs.find(
      (two) =>
        two !== one &&
        two.table === one.table &&
        !dominated.has(two.id) &&
        two.bytes <= one.bytes &&
        two.writeCost <= one.writeCost &&
        (withIt.get(one.id) ?? []).every(({ atom: { statement, indexes, cost } }) => {
          const instead = indexes.map((each) => (each === one.id ? two.id : each));
          return (costOf.get(key(statement, instead)) ?? base.get(statement) ?? 0) <= cost;
        }),
    );
    if (better) dominated.add(one.id);
  }
  return dominated;
}

const questionKey = ({ statement, indexes }: Question) => [statement, ...indexes].join('\n');

/** Without those that were answered, and without candidates on tables of others. */
function unanswered({ answers }: Inquiry, questions: readonly Question[]): Question[] {
  const known = new Set(answers.map(questionKey));
  const fresh = new Map(questions.map((each) => [questionKey(each), each]));
  return [...fresh.values()].filter((each) => !known.has(questionKey(each)));
}

interface Costs {
  base: number;
  sets: { indexes: readonly string[]; cost: number }[];
}

/** Of statements that can be planned as things are. */
function costsOf({ answers }: Inquiry): Map<string, Costs> {
  const costs = new Map<string, Costs>();
  for (const { statement, indexes, cost } of answers)
    if (indexes.length === 0 && cost !== undefined) costs.set(statement, { base: cost, sets: [] });
  for (const { statement, indexes, cost } of answers)
    if (indexes.length > 0 && cost !== undefined)
      costs.get(statement)?.sets.push({ indexes, cost });
  return costs;
}

/** Those that help alone, most first. */
const bestOf = (costs: Costs | undefined): { id: string; saving: number }[] =>
  (costs?.sets ?? [])
    .flatMap(({ indexes, cost }) => {
      const saving = (costs?.base ?? 0) - cost;
      const [id, ...more] = indexes;
      return id !== undefined && more.length === 0 && saving >= leastSaving * (costs?.base ?? 0)
        ? [{ id, saving }]
        : [];
    })
    .toSorted((a, b) => b.saving - a.saving);
