import { formatWhole } from '../base/quantity.ts';
import { habitsOf } from '../dialects/habits.ts';
import {
  type DialectName,
  type EngineName,
  type ReadOnlyName,
  readOnlyNames,
} from '../model/engine-name.ts';
import type { Category, Finding } from '../model/finding.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { QueryContext, TableFacts } from '../model/statistics.ts';

/**
 * A rule teaches one thing about plans. Its file holds all of it: what it is called, why it
 * matters, what to do, the numbers it compares with and why these, the cases it must find and the
 * ones it must leave alone, and the check itself. How bad a match is follows from what it saves.
 * Adding one: a file in rules/ that is named after its id, a line in rules/index.ts.
 */
export type Rule = Teaching & Check;

interface Teaching {
  /** Stable, in the words people use: `full-scan`. */
  id: string;
  title: string;
  why: string;
  fix: string;
  category: Category;
  /**
   * Ids of rules that may name the cause of this one's matches: where one of them speaks of the
   * same node or of one below, this one's finding is told with it.
   */
  follows?: readonly string[];
  /** It costs round trips rather than the server’s time: told however little that is. */
  costsElsewhere?: true;
  /** Share of its findings that are right, 0..1, before people have judged any. */
  prior?: Threshold;
  /** Of which engines' plans it says something. */
  engines: Record<EngineName, boolean>;
  /** The same of databases whose plans are only read; of the others it is silent. */
  readOnly?: readonly ReadOnlyName[];
  /**
   * What it has to know besides the plan, for plans with estimates alone and for those with actual
   * figures. Absent: it has nothing to say of such a plan.
   */
  needs: { estimate?: readonly Need[]; actual?: readonly Need[] };
  thresholds: Readonly<Record<string, Threshold>>;
  examples: RuleExample[];
}

/** `unplanned`: it looks at statements of which the server gives no plan as well. */
type Check =
  | { unplanned?: never; check: (plan: Plan, context: RuleContext) => RuleMatch[] }
  | { unplanned: true; check: (outline: Outline, context: RuleContext) => RuleMatch[] };

/** What is known of a statement's plan without the server's: outline.ts. Every plan is one. */
export type Outline = Pick<Plan, 'engine' | 'root'>;

/** Tables and indexes, the server's counters and settings, what the text says, the plan before. */
export type Need = 'tables' | 'counters' | 'shape' | 'settings' | 'previous';

/** A number that a rule compares with, and why it is this one. */
export interface Threshold {
  value: number;
  unit: string;
  why: string;
}
export const threshold = (value: number, unit: string, why: string): Threshold => ({
  value,
  unit,
  why,
});

export interface RuleMatch extends Pick<Finding, 'message' | 'nodes'> {
  /** Where more can be said than what the rule always says. */
  fix?: string | undefined;
  /** Share of the statement's work that would be saved at most, 0..1: see shares.ts. */
  saves: number;
}

export interface RuleContext extends QueryContext {
  /** The plan that this statement had before, if another. */
  previous?: Plan;
  /** Of the statement in the interval's database time, 0..1. */
  timeShare?: number;
}

/**
 * A plan as the engine prints it (PostgreSQL's root node; MySQL's and MariaDB's whole document),
 * with what else the rule looks at. examples.ts has what they are made of.
 */
export interface RuleExample {
  name: string;
  finds: boolean;
  /** What the fix of the first match has in it. */
  advises?: string;
  engine?: DialectName;
  /** Absent: the server gives none; a text where it prints no JSON. */
  plan?: object | string;
  unusableIndexes?: Plan['unusableIndexes'];
  lossiness?: Plan['lossiness'];
  top?: object;
  previous?: object;
  stats?: Partial<QueryContext['stats']>;
  shape?: Partial<NonNullable<QueryContext['shape']>>;
  facts?: QueryContext['facts'];
  settings?: QueryContext['settings'];
  interval_ms?: number;
  at?: number;
  timeShare?: number;
}

/**
 * Access paths may only be judged where the plan surely is the one of production: real values, or
 * verified types, of the very tables.
 */
export const typesAreSure = ({ lossiness }: Plan): boolean =>
  !lossiness.includes('typing_unverified') && !lossiness.includes('identifier_differs');

export const speaksOf = ({ engines, readOnly }: Rule, name: DialectName): boolean =>
  isReadOnly(name) ? readOnly?.includes(name) === true : engines[name];

const isReadOnly = (name: DialectName): name is ReadOnlyName =>
  (readOnlyNames as readonly DialectName[]).includes(name);

export const tableOf = ({ relation }: PlanNode, { facts }: QueryContext): TableFacts | undefined =>
  relation?.kind === 'table'
    ? tablesBy(facts)
        .get(relation.name)
        ?.find(({ schema }) => relation.schema === undefined || schema === relation.schema)
    : undefined;

/** A plan may read thousands of partitions, each of which all rules ask about. */
function tablesBy(facts: readonly TableFacts[]): Map<string, TableFacts[]> {
  const known = byName.get(facts) ?? Map.groupBy(facts, ({ name }) => name);
  byName.set(facts, known);
  return known;
}
const byName = new WeakMap<readonly TableFacts[], Map<string, TableFacts[]>>();

export const describeRelation = ({ relation }: PlanNode): string =>
  relation ? `${relation.schema ? `${relation.schema}.` : ''}${relation.name}` : 'a result';

export const count = formatWhole;

/** The column's own name: `o.email` → `email`. */
export const bare = (column: string): string => column.split('.').at(-1) ?? column;

/**
 * Every row is looked at: of the table, or of an index that is read from end to end. An index may
 * also be read for its order, and only until there are enough rows; what it is expected to read
 * tells.
 */
export function readsAll(node: PlanNode, { rows }: { rows: number }, { engine }: Plan): boolean {
  if (node.op === 'SeqScan') return true;
  const scanned =
    (node.op === 'IndexScan' && habitsOf(engine).planner.scansIndexForTable) ||
    node.op === 'IndexOnlyScan';
  return scanned && node.predicates.index.length === 0 && rowsRead(node) >= rows / 2;
}

/** Rows that one read of a table looks at, before conditions. */
export const rowsRead = ({ ext, est }: PlanNode): number =>
  typeof ext['rowsRead'] === 'number' ? ext['rowsRead'] : est.rows;

/**
 * Rows that a table gives. Some planners guess a share for a condition on a column without an
 * index; where the statement returns what the table gives, the server has counted them.
 */
export function rowsKept(node: PlanNode, { engine }: Plan, { shape, stats }: RuleContext): number {
  const counted =
    habitsOf(engine).planner.guessesFiltered &&
    shape?.kind === 'select' &&
    shape.joins === 0 &&
    shape.subqueries === 0 &&
    !shape.grouped &&
    !shape.distinct &&
    shape.functions.every((each) => !aggregates.has(each));
  return counted && stats.calls > 0
    ? Math.min(node.est.rows, stats.rows / stats.calls)
    : node.est.rows;
}
const aggregates = new Set([
  'count',
  'sum',
  'min',
  'max',
  'avg',
  'group_concat',
  'json_arrayagg',
  'json_objectagg',
  'std',
  'stddev',
  'variance',
  'bit_and',
  'bit_or',
  'bit_xor',
]);
