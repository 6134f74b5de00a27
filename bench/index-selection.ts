import type { Problem } from '../src/advice/problem.ts';
import { seededRandom } from '../src/base/random.ts';
import { costOf, indexed } from '../src/solver/evaluate.ts';
import { greedy } from '../src/solver/greedy.ts';
import { solveMilp } from '../src/solver/highs/solve-milp.ts';
import { randomProblem } from '../test/support/index-problems.ts';
import type { Section } from './harness.ts';

/**
 * How good a set of indexes is, how surely, and how soon: of made-up workloads of 100 statements
 * over 20 tables with 160 candidates, at several budgets; and beside it what an advisor finds that
 * looks at one statement after the other, and at narrow indexes alone.
 */
const budgets = [0.05, 0.1, 0.3];
const limit_ms = 10_000;

export async function indexSelection(): Promise<Section> {
  const rows: Section['rows'] = [];
  for (const joined of [false, true])
    for (const budgetShare of budgets) {
      const problem = randomProblem({
        random: seededRandom(7),
        statements: 100,
        tables: 20,
        candidatesOfTable: 8,
        budgetShare,
        joined,
      });
      const base = indexed(problem).baseCost;
      const start = performance.now();
      const quick = greedy(problem);
      const middle = performance.now();
      const best = await solveMilp(problem, limit_ms);
      const end = performance.now();
      const alone = oneByOne(problem);
      const share = (cost: number) => `${((100 * cost) / base).toFixed(2)} %`;
      const excess = (cost: number) => `${(100 * (cost / best.cost - 1)).toFixed(2)} %`;
      rows.push([
        `${joined ? 'joins that want two' : 'one index is enough'}, ` +
          `${budgetShare * 100} % of bytes: ` +
          'cost left, gap, time; excess of greedy, its time; excess of one by one',
        `${share(best.cost)}, ${(100 * best.gap).toFixed(3)} %, ${Math.round(end - middle)} ms; ` +
          `${excess(quick.cost)}, ${Math.round(middle - start)} ms; ${excess(alone)}`,
        'gap ≤ 0.1 % in 10 s',
      ]);
    }
  return {
    title: 'Choosing indexes',
    how:
      '100 statements, 20 tables, 160 candidates, made up (seed 7); HiGHS from what greedy ' +
      `found, at most ${limit_ms / 1_000} s, greedy’s own time in its; one by one: the ` +
      'statements with most time first, of each the best of its narrow candidates that halve ' +
      'its cost, while there is room, what writes pay not thought of; ' +
      'beside other work on the machine',
    rows,
  };
}

/** What saves less of a statement's cost is not taken. */
const leastSaving = 0.5;

/** By its description: indexes of one and two columns, for each statement by itself. */
function oneByOne(problem: Problem): number {
  // Of eight candidates of a table five are narrow.
  const narrow = (id: string) => Number(id.split('_')[1]) < 5;
  const numbers = indexed(problem);
  const bytes = new Map(problem.indexes.map((each) => [each.id, each.bytes]));
  const tables = new Map(problem.indexes.map(({ id, table }) => [id, table]));
  const time = (statement: string) =>
    (problem.base.get(statement) ?? 0) * (problem.weight.get(statement) ?? 0);
  const chosen = new Set<string>();
  let left = problem.budgetBytes;
  for (const statement of [...problem.base.keys()].toSorted((a, b) => time(b) - time(a))) {
    const [best] = problem.atoms
      .filter((each) => each.statement === statement && each.indexes.every(narrow))
      .toSorted((a, b) => a.cost - b.cost);
    const base = problem.base.get(statement) ?? 0;
    if (!best || base - best.cost < leastSaving * base) continue;
    const fresh = best.indexes.filter((id) => !chosen.has(id));
    const size = fresh.reduce((sum, id) => sum + (bytes.get(id) ?? 0), 0);
    const crowded = fresh.some(
      (id) =>
        [...chosen].filter((each) => tables.get(each) === tables.get(id)).length >=
        problem.perTable,
    );
    if (size > left || crowded) continue;
    left -= size;
    for (const id of fresh) chosen.add(id);
  }
  return costOf(
    numbers,
    numbers.ids.map((id) => chosen.has(id)),
  );
}
