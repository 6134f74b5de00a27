import { statementsOf } from '../../src/analysis/statements-of.ts';
import { preorder } from '../../src/model/plan.ts';
import type { Case } from './case.ts';
import type { Collection } from './collect.ts';
import { type FixRun, judgedIn, type Outcome, type Spoken } from './result.ts';
import type { IndexName, Stage } from './stage.ts';

/**
 * Fixes that are SQL are run where their finding was made, all of a copy's one after the other;
 * then the statements run again and the product looks again. What helped shows in the plan, or in
 * that the finding is gone.
 */
export interface Found {
  it: Case;
  database: string;
  ids: readonly string[];
  outcome: Outcome;
}

/** By default a statement has to run so often to be collected. */
const leastCalls = 5;

export async function runFixes(
  stage: Stage,
  collection: Collection,
  found: readonly Found[],
): Promise<Map<Case, FixRun[]>> {
  const carried: Carried[] = [];
  for (const each of found)
    for (const finding of judgedIn(each.outcome)?.findings ?? [])
      carried.push(...(await carryOut(stage, each, finding, carried)));
  const again = [...new Set(carried.map(({ of }) => of))];
  for (const each of again) await callAgain(stage, each);
  const outcomeOf = await collection.collect();
  const runs = new Map<Case, FixRun[]>();
  for (const each of carried) {
    const run = { ...each.run, ...effectOf(each, outcomeOf(each.of.database, each.of.ids)) };
    runs.set(each.of.it, [...(runs.get(each.of.it) ?? []), run]);
  }
  for (const { of, made } of carried) await stage.dropIndexes(of.database, made);
  return runs;
}

interface Carried {
  of: Found;
  made: IndexName[];
  run: Pick<FixRun, 'rule' | 'sql' | 'error' | 'makesIndex'>;
}

/** What another statement's finding has had done already is not done twice. */
async function carryOut(
  stage: Stage,
  of: Found,
  { rule, fix }: Spoken,
  before: readonly Carried[],
): Promise<Carried[]> {
  // Behind it may stand how it is undone.
  const sql = statementsOf(fix)?.replace(/ -- .*$/, '');
  if (sql === undefined) return [];
  const run = { rule, sql, makesIndex: /\b(?:CREATE|ADD) (?:\w+ )?INDEX\b/i.test(sql) };
  const done = before.find((each) => each.run.sql === sql && each.of.database === of.database);
  if (done) return [{ of, made: done.made, run: { ...done.run, rule } }];
  const had = new Set((await stage.indexes(of.database)).map(keyOf));
  try {
    await stage.run(splitSql(sql), of.database);
  } catch (error) {
    return [{ of, made: [], run: { ...run, error: String(error) } }];
  }
  const made = (await stage.indexes(of.database)).filter((index) => !had.has(keyOf(index)));
  return [{ of, made, run }];
}

const keyOf = ({ table, name }: IndexName) => `${table}.${name}`;

/** Advice has one line a statement, or several with a space between. */
export const splitSql = (sql: string): string[] =>
  sql
    .split(/;\s+(?=[A-Z])|;\s*$/)
    .map((each) => each.trim())
    .filter(Boolean);

async function callAgain(stage: Stage, { it, database }: Found): Promise<void> {
  const application = await stage.open(database, it.settings ?? {});
  try {
    await application.query('BEGIN');
    for (let called = 0; called < leastCalls; called += it.calls.length)
      for (const call of it.calls) await application.query(call);
    await application.query('ROLLBACK');
  } finally {
    await application.close();
  }
}

function effectOf({ made, run }: Carried, after: Outcome): Pick<FixRun, 'used' | 'gone'> {
  const judged = judgedIn(after);
  const nodes = after.kind === 'explained' ? preorder(after.plan.root) : [];
  // `union(a,b)`: both are used.
  const used = new Set(nodes.flatMap(({ index }) => index?.name.split(/[(),]/) ?? []));
  return {
    used: made.some(({ name }) => used.has(name)),
    gone: judged !== undefined && !judged.findings.some(({ rule }) => rule === run.rule),
  };
}
