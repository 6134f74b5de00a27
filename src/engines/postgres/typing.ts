import type { Candidate, Gap, Template, Typing } from './repair.ts';

/**
 * Which types the values of a statement had. The server infers `bigint` for `id = $1`, where the
 * application wrote the integer literal 5 (int4), or 5.0 (numeric). Its Query Identifier says of a
 * guess whether it is right, and nothing else: so the likeliest come first, and what kinds of guess
 * were right before decides which those are.
 */
const integers = new Set(['bigint', 'integer', 'smallint']);
const fractions = new Set(['numeric', 'double precision', 'real']);

/**
 * How often each kind of guess was right, and how many statements in a row no guess fitted. Of one
 * target.
 */
export interface Habits {
  right: Map<string, number>;
  fruitless: number;
  /** How many statements in a row the first guess fitted. */
  atOnce: number;
  /** Whose turn it is where one guess is tried. */
  turn: number;
  /** When a kind was right for the first time: what fitted nothing before may fit it. */
  newKindAt: number;
}

export const newHabits = (): Habits => ({
  right: new Map(),
  fruitless: 0,
  atOnce: 0,
  turn: 0,
  newKindAt: 0,
});

/** The next first guess will most likely fit. */
export const guessesRight = ({ atOnce }: Habits): boolean => atOnce >= enoughAtOnce;
const enoughAtOnce = 3;

export function learnFirst(habits: Habits, right: boolean): void {
  habits.atOnce = right ? habits.atOnce + 1 : 0;
}

/**
 * What may be asked about to find the typing of one statement: the likeliest, fewer where they were
 * in vain. In the end one, another in each statement: where the first six never fit, the seventh
 * may. `tried`: of the same statement.
 */
export function guessesToTry<Guess>(
  guesses: readonly Guess[],
  habits: Habits,
  tried: number,
): readonly Guess[] {
  const most = mostGuesses - tried - habits.fruitless;
  if (most > 1) return guesses.slice(0, most);
  const one = habits.turn % guesses.length;
  habits.turn += 1;
  return guesses.slice(one, one + 1);
}
const mostGuesses = 6;

export function learnHabit(habits: Habits, kind: string | undefined, at: number): void {
  if (kind === undefined) habits.fruitless += 1;
  else {
    habits.fruitless = 0;
    if (!habits.right.has(kind)) habits.newKindAt = at;
    habits.right.set(kind, (habits.right.get(kind) ?? 0) + 1);
  }
}

/** Everything was a parameter of the application: the inferred types are right. */
export const allParams = 'params';

/** Whether the first EXPLAIN should be of parameters, before anything is known of their types. */
export function startWithParams(template: Template, { right }: Habits): boolean {
  if (realBounds(template).most < highestOf(template)) return false;
  const [likeliest] = [...right].sort(([, a], [, b]) => b - a);
  return likeliest === undefined || likeliest[0] === allParams;
}

const highestOf = ({ gaps }: Template) =>
  gaps.reduce((most, { number }) => Math.max(most, number), 0);

/**
 * Literals are numbered after the application's own parameters, in the order of the text, each
 * once: a number that comes again, or after a greater one, is a parameter's; one with a type before
 * it, in a squashed list, or whose value is known is a literal's.
 */
function realBounds({ gaps }: Template): { least: number; most: number } {
  let least = 0;
  let most = gaps.reduce((highest, { number }) => Math.max(highest, number), 0);
  let before = 0;
  for (const { number, typed, twin, extract, fixed, again } of gaps) {
    if (fixed !== undefined) continue;
    if (again) {
      most = Math.min(most, number - 1);
      continue;
    }
    if (number <= before) least = Math.max(least, number);
    before = Math.max(before, number);
    if (typed !== undefined || twin !== undefined || extract) most = Math.min(most, number - 1);
  }
  return { least: Math.min(least, most), most };
}

/** The typings worth asking about, likeliest first. */
export function candidateTypings(
  inferred: readonly string[],
  template: Template,
  habits: Habits,
): Candidate[] {
  const places = new Map(template.gaps.map((gap) => [gap.number, gap]));
  const counts = (i: number) => places.get(i + 1)?.count === true;
  const each = (type: (inferred: string, gap: Gap | undefined) => string) =>
    inferred.map((was, i) => (counts(i) ? 'integer' : type(was, places.get(i + 1))));
  const isText = (type: string) => type === 'text' || type === 'unknown';
  const isNumber = (type: string) => integers.has(type) || fractions.has(type);
  const plain = each((type) => (isNumber(type) ? 'integer' : type));
  const { least, most } = realBounds(template);
  const literal: [kind: string, types: () => string[]][] = [
    ['integer', () => plain],
    [
      'fractions',
      () =>
        each((type) => (integers.has(type) ? 'integer' : fractions.has(type) ? 'numeric' : type)),
    ],
    ['quoted', () => each((type) => type)],
    [
      'numbers',
      () => plain.map((type, i) => (isText(type) && places.get(i + 1)?.bare ? 'integer' : type)),
    ],
    [
      'flags',
      () => plain.map((type, i) => (isText(type) && places.get(i + 1)?.bare ? 'boolean' : type)),
    ],
    [
      'arguments',
      () => plain.map((type, i) => (isText(type) && isCall(places.get(i + 1)) ? 'integer' : type)),
    ],
    ['text', () => plain.map((type) => (isText(type) ? 'text' : type))],
    ['numeric', () => each((type) => (isNumber(type) ? 'numeric' : type))],
    ['wide', () => [...inferred]],
    ...inferred.flatMap((type, i): [string, () => string[]][] =>
      counts(i)
        ? []
        : [[`one ${type}`, () => plain.with(i, isNumber(type) ? 'numeric' : 'integer')]],
    ),
  ];
  const sketches: Sketch[] =
    least === 0 ? literal.map(([kind, types]) => ({ kind, types, real: 0 })) : [];
  // Some of the first were the application's own: `WHERE a = $1 LIMIT 10`. How many is less sure
  // than that literals are integers.
  for (const [kind, types] of literal.slice(0, 4))
    for (let real = Math.min(most, highestOf(template) - 1); real >= Math.max(1, least); real -= 1)
      sketches.push({
        kind: `${kind} after ${real}`,
        types: () => types().map((type, i) => (i < real ? (inferred[i] as string) : type)),
        real,
      });
  return distinctOf(rank(sketches, habits));
}

/** A candidate whose types are not written out yet: thousands of parameters have as many. */
interface Sketch extends Omit<Candidate, 'types'> {
  types(): string[];
}

/** More are never asked about, in however many statements. */
const mostCandidates = 40;

function distinctOf(sketches: readonly Sketch[]): Candidate[] {
  const distinct = new Map<string, Candidate>();
  for (const sketch of sketches.slice(0, 2 * mostCandidates)) {
    const types = sketch.types();
    const key = `${sketch.real} ${types.join()}`;
    if (!distinct.has(key)) distinct.set(key, { ...sketch, types });
    if (distinct.size === mostCandidates) break;
  }
  return [...distinct.values()];
}

const isCall = (gap: Gap | undefined) => gap?.inside !== undefined && /^[a-z_]/i.test(gap.inside);

/**
 * Kinds that were right come before those that were not yet; otherwise the order stays, but for the
 * application's own parameters: they come sooner, behind the two likeliest at the soonest.
 */
function rank(candidates: readonly Sketch[], { right }: Habits): Sketch[] {
  const isAfter = ({ kind }: Sketch) => /^\w+ after/.test(kind);
  const sooner = Math.min(candidates.length / 4, candidates.findIndex(isAfter) - 1.5);
  const order = (candidate: Sketch, i: number) =>
    (right.get(candidate.kind) ?? 0) * candidates.length - i + (isAfter(candidate) ? sooner : 0);
  return candidates
    .map((candidate, i) => ({ candidate, order: order(candidate, i) }))
    .sort((a, b) => b.order - a.order)
    .map(({ candidate }) => candidate);
}

/**
 * The casts to write, or undefined where the server infers the same types anyway. Row counts need
 * none.
 */
export function castsNeeded(
  types: readonly string[],
  inferred: readonly string[],
  template: Template,
): string[] | undefined {
  const counts = rowCounts(template);
  return types.some((type, i) => !counts.has(i) && type !== inferred[i])
    ? types.map((type, i) => (counts.has(i) ? (inferred[i] as string) : type))
    : undefined;
}

/**
 * The casts to write where it is not known what the server infers: of all literals. Row counts and
 * the application's own parameters need none.
 */
export function castsToWrite({ types, real }: Candidate, template: Template): Typing {
  const counts = rowCounts(template);
  return types.map((type, i) => (i < real || counts.has(i) ? undefined : type));
}

/** Indices into a typing. */
const rowCounts = ({ gaps }: Template): ReadonlySet<number> =>
  new Set(gaps.filter(({ count }) => count).map(({ number }) => number - 1));

/** Types to try for a parameter that the server cannot type. */
const fallbackTypes = [
  'integer',
  'text',
  'timestamptz',
  'interval',
  'numeric',
  'date',
  'double precision',
  'boolean',
  'jsonb',
  'integer[]',
  'text[]',
];
const guessLimit = 60;

/** What the server said when it could not type a statement. */
export interface TypeError {
  state: string;
  message: string;
}

/**
 * Casts to try for what is still open, several at a time: in a recursive query one type hangs on
 * the other.
 */
export function guessCasts(template: Template, typing: Typing, error: TypeError): Typing[] {
  const named = Number(/\$(\d+)/.exec(error.message)?.[1]);
  const open = template.gaps.filter(
    ({ number, typed, extract, fixed, count }) =>
      fixed === undefined && !typed && !extract && !count && typing[number - 1] === undefined,
  );
  const groups = named
    ? distinctGroups([alike(open, named), [named]])
    : distinctGroups([
        open
          .filter(({ inside }) => inside !== undefined && error.message.includes(inside))
          .map(({ number }) => number),
        ...Map.groupBy(
          open.filter(({ bare }) => bare),
          ({ bare }) => bare,
        )
          .values()
          .map((gaps) => gaps.map(({ number }) => number)),
        open.filter(({ bare }) => bare).map(({ number }) => number),
        open.map(({ number }) => number),
        ...open.map(({ number }) => [number]),
      ]);
  // Nothing at all is said of it: a key, a label. Else arithmetic is the likeliest to be ambiguous.
  const types = named
    ? ['text', ...fallbackTypes.filter((type) => type !== 'text')]
    : fallbackTypes;
  const limit = mostGuessesOf(template);
  const guesses: Typing[] = [];
  for (const type of types)
    for (const numbers of groups)
      if (guesses.length < limit) guesses.push(cast(typing, new Set(numbers), type));
  return guesses;
}

/** All of a round are sent together, in the time of one: fewer of a long text. */
function mostGuessesOf({ pieces, gaps }: Template): number {
  const characters = pieces.reduce((sum, { length }) => sum + length, 0) + 16 * gaps.length;
  return Math.min(guessLimit, Math.max(leastGuesses, Math.floor(roundLimit / characters)));
}
const leastGuesses = 6;
/** Characters. */
const roundLimit = 500_000;

/** Those that stand as the one that is named: the server names one of `concat($1, a, $2)`. */
const alike = (open: readonly Gap[], named: number): number[] => {
  const gap = open.find(({ number }) => number === named);
  return open
    .filter(({ inside, bare }) =>
      gap?.inside === undefined ? bare !== undefined && bare === gap?.bare : inside === gap.inside,
    )
    .map(({ number }) => number);
};

const distinctGroups = (groups: readonly number[][]) => [
  ...new Map(
    groups
      .filter((group) => group.length)
      .map((group) => [[...new Set(group)].sort().join(), group]),
  ).values(),
];

const cast = (typing: Typing, numbers: ReadonlySet<number>, type: string): Typing =>
  typing.map((was, i) => (numbers.has(i + 1) ? type : was));

/** What the error is about, without the types that were tried: another subject is progress. */
export function subjectOf({ state, message }: TypeError, { gaps }: Template): string {
  const names = [
    ...new Set(gaps.flatMap(({ inside }) => (inside && message.includes(inside) ? [inside] : []))),
  ];
  return [state, ...names, /\$\d+/.exec(message)?.[0] ?? ''].join(' ');
}
