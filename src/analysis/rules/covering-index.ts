import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex } from '../advice.ts';
import { askedOf, type Condition, isPlain } from '../conditions.ts';
import {
  coveringKeys,
  isSince,
  keysAlone,
  keysOfCount,
  leastLatest,
  onlyCounts,
  primaryName,
} from '../covering.ts';
import { shareOfValue } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from '../rule.ts';
import { isRead } from '../scans.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, pagesACall } from '../work.ts';
import { examples } from './examples/covering-index.ts';

const leastLooked = threshold(
  75_000,
  'rows a call',
  'fewer are looked up in less than a tenth of a second, for which no index is made wider',
);
const leastOfValue = threshold(
  5_000,
  'rows a call that have a value',
  'fewer are looked up in some milliseconds',
);
const leastPages = threshold(
  500,
  'pages a call',
  'fewer are read in a millisecond, for which no index is made wider',
);
const saved = threshold(
  0.7,
  'of the work',
  'an entry that comes by costs a fraction of the look-up of its row, which goes down the table',
);

export const coveringIndex: Rule = {
  id: 'covering-index',
  title: 'Very many rows are looked up to make a total that an index could tell',
  why:
    'What an index finds is looked up in the table, each row at a place of its own; an index ' +
    'that has the columns which are counted and summed, too, is read in one piece.',
  fix: 'An index on what is compared and grouped, and behind it on what is counted or summed.',
  category: 'index',
  follows: (
    'low-filtered full-scan sort-without-index implicit-cast function-on-column ' +
    'having-for-where'
  ).split(' '),
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: {
    estimate: ['tables', 'counters', 'shape'],
    actual: ['tables', 'counters', 'shape'],
  },
  thresholds: { leastLooked, leastLatest, leastOfValue, leastPages, saved },
  examples,
  check(plan, context) {
    const [scan, ...others] = preorder(plan.root).filter(({ relation }) => relation);
    const facts = scan && tableOf(scan, context);
    if (!facts || others.length > 0 || facts.partitionOf) return [];
    if (facts.allVisible !== undefined) return answeredAlone(scan, facts, plan, context);
    if (scan.op === 'SeqScan') return countedAlone(scan, facts, plan, context);
    if (scan.op !== 'IndexScan') return [];
    // In the order of its groups, each row at a place of its own.
    if (isLatest(scan, facts) && scan.predicates.index.length === 0)
      return countedAlone(scan, facts, plan, context);
    if (scan.index?.name === undefined || scan.index.name === primaryName) return [];
    const values = valuesOf(scan, facts);
    const further = values.length > 0 && asksFurther(scan, facts);
    const ofOne = values.some((each) => (shareOfValue(facts, each) ?? 1) <= mostOfOne);
    if (!context.shape?.grouped && values.length > 0 && !further && !ofOne) return [];
    const looked = examinedACall(context) ?? 0;
    const least = further || ofOne ? leastOfValue : leastLooked;
    const keys = looked < least.value ? undefined : coveringKeys(scan, facts, plan, context);
    const fix = keys && createIndex(plan, facts, keys);
    if (!fix) return [];
    return [
      {
        message:
          `${describeRelation(scan)}: about ${count(looked)} rows that ${scan.index.name} finds ` +
          'are looked up in the table to be counted or summed',
        fix,
        nodes: [scan.id],
        saves: shareBelow(plan.root) * saved.value,
      },
    ];
  },
};

/** Nobody knows how many those are. */
const theFewer = ', the sooner the fewer of them fit';

/** Where rows are counted, not pages: of a whole table, of which nobody knows how many fit. */
function countedAlone(
  scan: PlanNode,
  facts: TableFacts,
  plan: Plan,
  context: RuleContext,
): RuleMatch[] {
  const looked = examinedACall(context) ?? 0;
  const least = isLatest(scan, facts) ? leastLatest : leastLooked;
  const keys = looked < least.value ? undefined : keysOfCount(scan, facts, plan, context);
  const fix = keys && createIndex(plan, facts, keys);
  return fix
    ? [
        {
          message:
            `${describeRelation(scan)}: all of about ${count(looked)} rows a call are read to ` +
            `count or sum what an index could tell alone${theFewer}`,
          fix,
          nodes: [scan.id],
          saves: shareBelow(plan.root) * saved.value,
        },
      ]
    : [];
}

/** PostgreSQL, which says how many pages an index answers for. */
function answeredAlone(
  scan: PlanNode,
  facts: TableFacts,
  plan: Plan,
  context: RuleContext,
): RuleMatch[] {
  const looked = pagesACall(context) ?? 0;
  const whole = scan.op === 'SeqScan';
  if (looked < leastPages.value || (context.shape?.grouped && !isOfPart(scan, facts))) return [];
  if (!/^(?:SeqScan|IndexScan|BitmapHeapScan)$/.test(scan.op)) return [];
  // The least or the greatest that fits is walked to.
  const ends = preorder(plan.root).some(({ op }) => op === 'Limit');
  if (ends && !context.shape?.grouped) return [];
  if (whole && !isRead({ rows: facts.rows, pages: facts.pages, nodes: [scan] }, context)) return [];
  const keys = keysAlone(scan, facts, plan, context);
  const counts = context.shape && onlyCounts(context.shape);
  const since = isLatest(scan, facts);
  const fix = keys && createIndex(plan, facts, keys);
  return fix
    ? [
        {
          message:
            `${describeRelation(scan)}: about ${count(looked)} pages a call are read to count or ` +
            `sum what an index could tell alone${whole && (counts || since) ? theFewer : ''}`,
          fix,
          nodes: [scan.id],
          saves: shareBelow(plan.root) * saved.value,
        },
      ]
    : [];
}

/**
 * A report of most rows takes its time in making groups; of one tenant's, or of the latest, in
 * fetching them.
 */
function isOfPart(scan: PlanNode, facts: TableFacts): boolean {
  const { index, recheck } = scan.predicates;
  return scan.op === 'SeqScan'
    ? isLatest(scan, facts)
    : askedOf(scan, [...index, ...recheck], facts).conditions.some(({ single }) => single);
}

const isLatest = (scan: PlanNode, facts: TableFacts): boolean =>
  isSince(askedOf(scan, scan.predicates.filter, facts).conditions, facts);

/** By more values than the index has: one that has them all is taken in its place. */
function asksFurther(scan: PlanNode, facts: TableFacts): boolean {
  const keys = facts.indexes.find(({ name }) => name === scan.index?.name)?.keys ?? [];
  return askedOf(scan, scan.predicates.filter, facts).conditions.some(
    (each) => each.kind === 'equal' && isPlain(each) && !each.other && !keys.includes(each.column),
  );
}

const valuesOf = (scan: PlanNode, facts: TableFacts): Condition[] =>
  askedOf(scan, scan.predicates.index, facts).conditions.filter(
    ({ single, operator }) => single && operator !== 'is true',
  );
/** Of the rows, in the mean of values: a tenant's or an account's; of a state it is a report. */
const mostOfOne = 0.02;
