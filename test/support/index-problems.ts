import type { Atom, CandidateCost, Problem } from '../../src/advice/problem.ts';
import type { Random } from '../../src/base/random.ts';
import { costOf, indexed, isAllowed } from '../../src/solver/evaluate.ts';

/**
 * Problems of choosing indexes, made up: for the solvers' tests and for the benchmark. A statement
 * reads one to four tables; on each it has some candidates, each of which leaves a share of what
 * that table's part costs, and two on different tables work together.
 */
export interface ProblemOptions {
  random: Random;
  statements: number;
  tables: number;
  candidatesOfTable: number;
  /** Of the bytes of all candidates. */
  budgetShare: number;
  perTable?: number;
  /** Of a statement's tables, joined: each part is dear unless the other's is indexed as well. */
  joined?: boolean;
}

export function randomProblem(options: ProblemOptions): Problem {
  const { random, statements, tables, candidatesOfTable, budgetShare, perTable = 5 } = options;
  const whole = (most: number) => Math.floor(random.next() * most);
  const sizes = Array.from({ length: tables }, () => 10 ** (4 + 5 * random.next()));
  const indexes: CandidateCost[] = sizes.flatMap((size, table) =>
    Array.from({ length: candidatesOfTable }, (_, i) => ({
      id: `t${table}_${i}`,
      table: `t${table}`,
      bytes: Math.ceil(size * (0.2 + random.next())),
      writeCost: random.next() < 0.5 ? 0 : size * random.next() * 0.01,
    })),
  );
  const base = new Map<string, number>();
  const weight = new Map<string, number>();
  const atoms: Atom[] = [];
  for (let s = 0; s < statements; s += 1) {
    const statement = `s${s}`;
    const read = [...new Set(Array.from({ length: 1 + whole(3) }, () => whole(tables)))];
    const parts = read.map((table) => (sizes[table] ?? 0) * (0.5 + random.next()));
    const total = parts.reduce((a, b) => a + b, 0);
    base.set(statement, total);
    weight.set(statement, Math.ceil(10 ** (4 * random.next())));
    const singles = read.flatMap((table, part) =>
      indexes
        .filter((each) => each.table === `t${table}` && random.next() < 0.4)
        .map(({ id }) => ({
          id,
          part,
          left: options.joined ? 0.5 + 0.5 * random.next() : random.next(),
        })),
    );
    const costWith = (used: typeof singles) => {
      const both = new Set(used.map(({ part }) => part)).size > 1;
      const left = (part: number) => {
        const own = used.filter((each) => each.part === part).map((each) => each.left);
        return Math.min(1, ...own) * (both && options.joined ? 0.1 : 1);
      };
      return parts.reduce((sum, cost, part) => sum + cost * left(part), 0);
    };
    for (const each of singles)
      atoms.push({ statement, indexes: [each.id], cost: costWith([each]) });
    for (const [i, one] of singles.entries())
      for (const two of singles.slice(i + 1))
        if (one.part !== two.part)
          atoms.push({ statement, indexes: [one.id, two.id], cost: costWith([one, two]) });
  }
  const all = indexes.reduce((sum, { bytes }) => sum + bytes, 0);
  return { base, weight, atoms, indexes, budgetBytes: Math.ceil(all * budgetShare), perTable };
}

/** What the cheapest of all allowed sets costs: of small problems. */
export function bruteForce(problem: Problem): number {
  const numbers = indexed(problem);
  let least = Number.POSITIVE_INFINITY;
  for (let set = 0; set < 2 ** numbers.ids.length; set += 1) {
    const there = numbers.ids.map((_, i) => ((set >> i) & 1) === 1);
    if (numbers.pinned.some((is, i) => is && !there[i]) || !isAllowed(numbers, there)) continue;
    least = Math.min(least, costOf(numbers, there));
  }
  return least;
}
