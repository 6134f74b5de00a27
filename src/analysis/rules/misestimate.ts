import { habitsOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { Comparison, QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { askedOf, type Condition, isPlain } from '../conditions.ts';
import { comparableNode, didMore, rowsGiven } from '../evidence.ts';
import { wantsAnIndex } from '../lone-scan.ts';
import { measuredErrors } from '../measured-error.ts';
import { sharesOf } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, pagesACall } from '../work.ts';
import { examples } from './examples/misestimate.ts';

const leastError = threshold(
  10,
  'times',
  'estimates within one order of magnitude rarely change a plan',
);
const leastRows = threshold(
  100,
  'rows',
  'an error among fewer changes neither the order nor the method of a join',
);
const skewed = threshold(
  3,
  'times an even share',
  'a commonest value above it makes rows a call depend on which values are asked for',
);
/** One cause makes many nodes wrong: those nearest to the root are enough to find it. */
const mostNodes = 3;

export const misestimate: Rule = {
  id: 'misestimate',
  title: 'The planner expects far more or far fewer rows than come',
  category: 'estimate',
  follows: (
    'never-analyzed stale-statistics correlated-columns implicit-cast ' +
    'function-on-column document-without-index pattern-without-index spill planner-switched-off ' +
    'or-across-tables'
  ).split(' '),
  why:
    'Join order and join method follow the expected rows; an error of ten times or more usually ' +
    'means a worse plan than possible.',
  fix:
    'ANALYZE the tables; for columns that depend on each other CREATE STATISTICS; raise the ' +
    'column’s statistics target.',
  engines: { postgres: true, mysql: false, mariadb: false },
  readOnly: ['sqlserver', 'oracle'],
  needs: { estimate: ['tables', 'counters', 'shape'], actual: [] },
  thresholds: { leastError, leastRows, skewed },
  examples,
  check: (plan, context) => (plan.mode === 'actual' ? measured(plan) : counted(plan, context)),
};

const measured = ({ root, engine }: Plan): RuleMatch[] =>
  measuredErrors(root, { error: leastError.value, rows: leastRows.value })
    .slice(0, mostNodes)
    .map(({ node, expected, got }) => {
      const [condition] = [...node.predicates.index, ...node.predicates.filter];
      return {
        message:
          `${describeRelation(node)}: expected ${count(expected)} rows, got ${count(got)}` +
          (condition ? `, where ${condition.text}` : ''),
        nodes: [node.id],
        saves: shareBelow(root) * likelySaved,
        fix:
          habitsOf(engine).advice?.statistics ??
          (condition && callsFunction.test(condition.text) ? ofExpression : undefined),
      };
    });

const callsFunction = /\b(?!(?:and|or|not|any|all|in)\b)[\p{L}_][\p{L}\p{N}_]*\(/iu;
const ofExpression =
  'The planner has no statistics of an expression: compare the column itself, or give it some by ' +
  'CREATE STATISTICS on the expression (an index on it has them, too), then ANALYZE.';

/** Another plan would be better, not free. */
const likelySaved = 0.8;

function counted(plan: Plan, context: RuleContext): RuleMatch[] {
  const { shape } = context;
  if (plan.lossiness.includes('list_length_unknown') || shape?.kind !== 'select') return [];
  const guessed = plan.parameters === 'generic' ? guesses(shape) : [];
  if (shape.limit || guessed.some((each) => !isHalfOpen(each))) return [];
  const asked = conditions(plan, context);
  if (!asked?.some(({ asks }) => asks)) return [];
  if (asked.some(({ node, columns }) => wantsAnIndex(node, columns, plan, context))) return [];
  const node = comparableNode(plan);
  const error =
    (guessed.length ? undefined : differs(plan, node, context, asked)) ??
    (guessed.length < 2 ? worksMore(plan, node, context, asked) : undefined);
  return error
    ? [
        {
          message: `${where(asked)}${error}`,
          nodes: [node.id],
          saves: shareBelow(plan.root) * likelySaved,
        },
      ]
    : [];
}

/** Equalities on the columns of a table that is read, and what is known of how even these are. */
interface Asked {
  node: PlanNode;
  /** Anything at all of the table itself. */
  asks: boolean;
  columns: string[];
  /** All but one value, which most rows have. */
  leavesFew: boolean;
  /** Those of which the server has no statistics, where it has some of others. */
  unknown: string[];
  rows: number;
  /** Shares of their commonest values, multiplied; of even ones. */
  commonest: number;
  even: number;
  /** Of the values beside the commonest ones, in the mean. */
  others: number;
}

/**
 * Undefined where of no column anything is known: then nothing can be explained. What only joins,
 * statistics of columns mend nothing of.
 */
function conditions(plan: Plan, context: RuleContext): Asked[] | undefined {
  const asked: Asked[] = [];
  for (const node of preorder(plan.root)) {
    const facts = tableOf(node, context);
    if (!facts || node.op === 'BitmapIndexScan') continue;
    const { index, recheck, filter } = node.predicates;
    const all = askedOf(node, [...index, ...recheck, ...filter], facts);
    const own = all.conditions.filter(
      (each) => isPlain(each) && each.kind === 'equal' && each.other === undefined,
    );
    const known = own.map(({ column }) => facts.columns?.find(({ name }) => name === column));
    const analysed = facts.columns?.some(({ distinct }) => distinct !== undefined);
    if (own.length > 0 && !analysed) return undefined;
    const shares = own.map((each) => sharesOf(each, facts) ?? { mean: 1, most: 1, others: 1 });
    const times = (all: readonly number[]) => all.reduce((product, each) => product * each, 1);
    asked.push({
      node,
      asks: all.alternatives.length > 0 || all.conditions.some(({ other }) => !other),
      leavesFew: all.conditions.some((each) => leavesFew(each, facts)),
      columns: own.map(({ column }) => column),
      unknown: known.flatMap((each) => (each && each.distinct === undefined ? [each.name] : [])),
      rows: facts.rows,
      commonest: times(shares.map(({ most }) => most)),
      even: times(shares.map(({ mean }) => mean)),
      others: times(shares.map(({ others }) => others)),
    });
  }
  return asked.length ? asked : undefined;
}

/** Rows that come are counted: far from those expected, and not by the skew of a column. */
function differs(
  plan: Plan,
  node: PlanNode,
  context: RuleContext,
  asked: readonly Asked[],
): string | undefined {
  const given = rowsGiven(plan, node, context);
  if (given === undefined || given < 1) return undefined;
  const expected = node.est.rows;
  const [least, most] = [Math.min(given, expected), Math.max(given, expected)];
  if (most / Math.max(1, least) < leastError.value || most < leastRows.value) return undefined;
  return isSkew(asked) || (given < expected && maySeek(asked))
    ? undefined
    : `expects ${count(expected)} rows, a call gives ${count(given)}`;
}

/** Rows are put together before they are given: the whole work is looked at. */
function worksMore(
  plan: Plan,
  node: PlanNode,
  context: RuleContext,
  asked: readonly Asked[],
): string | undefined {
  if (rowsGiven(plan, node, context) !== undefined) return undefined;
  if (isSkew(asked) || !didMore(plan, context)) return undefined;
  const [pages, examined] = [pagesACall(context), examinedACall(context)];
  const did =
    pages === undefined ? `examines ${count(examined ?? 0)} rows` : `reads ${count(pages)} pages`;
  return `planned at a cost of ${count(plan.totals.estCost)}, a call ${did}`;
}

const isSkew = (asked: readonly Asked[]): boolean =>
  asked.some(
    ({ commonest, even, others, leavesFew }) =>
      leavesFew || commonest > even * skewed.value || even > others * skewed.value,
  );

/** `state <> 'done'`, where nearly all are: without the value the planner expects most rows. */
function leavesFew({ operator, column, wrapped }: Condition, { columns }: TableFacts): boolean {
  const known = columns?.find(({ name }) => name === column);
  if (!/^(?:<>|!=)$/.test(operator) || wrapped || known?.commonest === undefined) return false;
  const { commonest, distinct = 1, nulls = 0 } = known;
  return 1 - 1 / distinct > (1 - nulls - commonest) * skewed.value;
}

/**
 * Where one value has more than its share, others have less, and nobody knows how few rows the
 * rarest has: of five countries, one with a third of the rows is enough for one with next to none.
 */
const maySeek = (asked: readonly Asked[]): boolean =>
  asked.some(({ commonest, even }) => even >= fewValues && commonest > even * unevenOfFew);
const fewValues = 0.01;
const unevenOfFew = 1.5;

const where = (asked: readonly Asked[]): string => {
  const [most] = asked.toSorted(
    (a, b) =>
      b.unknown.length - a.unknown.length || b.columns.length - a.columns.length || b.rows - a.rows,
  );
  if (!most) return '';
  const on = most.columns.length ? ` (${most.columns.join(', ')})` : '';
  const without = asked.flatMap(({ unknown }) => unknown);
  const why = without.length ? `no statistics of ${without.join(', ')}; ` : '';
  return `${describeRelation(most.node)}${on}: ${why}`;
};

/**
 * Without its value the planner guesses a fixed share for a range or a pattern; with it, as
 * production runs the statement, it does not. Of a column inside something it knows nothing, value
 * or not. An equality is estimated from the number of distinct values either way.
 */
const guesses = ({ comparisons }: QueryShape): Comparison[] =>
  comparisons.filter(
    (each) => isInside(each) || (each.with !== 'column' && !estimated.has(each.operator)),
  );
const estimated = new Set(['=', '<>', '!=', 'is null', 'is not null', 'is true', 'is false']);

const isInside = ({ wrapped, function: call, cast }: Comparison): boolean =>
  wrapped !== undefined || call !== undefined || cast !== undefined;

/** A third of the rows is guessed: three times more may come, not five. */
const isHalfOpen = (each: Comparison): boolean =>
  !isInside(each) && ['<', '<=', '>', '>='].includes(each.operator);
