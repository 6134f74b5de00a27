import type { IndexKey } from '../../dialects/index-keys.ts';
import type { Plan } from '../../model/plan.ts';
import { createIndex, createIndexes, keysFor, rebuildIndex } from '../advice.ts';
import type { Condition } from '../conditions.ts';
import { coveringKeys } from '../covering.ts';
import { joinIndex } from '../join-advice.ts';
import { areOfKeys, leastSorted } from '../looked-up.ts';
import { lookedUpInVain, vainThresholds } from '../looked-up-in-vain.ts';
import { extremes, firstRows, keysInOrder, type Ordered, passesOften } from '../order.ts';
import { count, type Rule, type RuleContext, type RuleMatch, speaksOf } from '../rule.ts';
import { type Judged, judgedScans } from '../scan-cause.ts';
import { describeScan, gainThresholds, rowsSeen, type Scan, scanThresholds } from '../scans.ts';
import { examples } from './examples/full-scan.ts';
import { joinBuffer } from './join-buffer.ts';

export const fullScan: Rule = {
  id: 'full-scan',
  title: 'A table is read from end to end for a few of its rows',
  why:
    'Every call reads all pages of the table, throws most rows away, and pushes other data out ' +
    'of the cache; it gets slower as the table grows. A small table costs as much where it is ' +
    'read thousands of times a second.',
  fix:
    'An index whose leading columns are those that the filter compares with a value or a range; ' +
    'for each side of an OR one of its own.',
  category: 'index',
  follows: (
    'invalid-index planner-switched-off never-analyzed stale-statistics correlated-columns ' +
    'or-across-tables wrong-index-for-order'
  ).split(' '),
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { ...scanThresholds, ...gainThresholds, ...vainThresholds, leastSorted },
  examples,
  check: (plan, context) => [
    ...judgedScans(plan, context).flatMap((judged) => missing(judged, plan, context) ?? []),
    ...lookedUpInVain(plan, context),
  ],
};

function missing({ scan, cause }: Judged, plan: Plan, context: RuleContext): RuleMatch | undefined {
  const { table: facts, nodes, kept, saves } = scan;
  const said = (where: string, fix: string | undefined): RuleMatch => ({
    message:
      `${describeScan(scan)}: reads ${count(rowsReadOf(scan, context))} rows to keep ` +
      `${kept === undefined ? 'few, if what is asked is rare' : `about ${count(kept)}`}; ${where}`,
    fix,
    nodes: nodes.map(({ id }) => id),
    saves,
  });
  if (cause.kind === 'alternatives') {
    const names = cause.sides.map((side) => namesOf(side).join(', '));
    return said(
      `no index on ${[...new Set(names)].join(' or ')}`,
      createIndexes(plan, facts, cause.sides),
    );
  }
  if (cause.kind === 'joined' && !speaksOf(joinBuffer, plan.engine)) {
    const names = namesOf(cause.conditions).join(', ');
    const { conditions, values } = cause;
    return said(`joined on ${names}`, joinIndex(plan, scan, conditions, context, values));
  }
  if (cause.kind !== 'missing' && cause.kind !== 'partial') return undefined;
  const wanted = namesOf(cause.conditions);
  const broken = rebuildIndex(plan, facts, ([leading = '']) => wanted.includes(leading));
  return said(
    broken?.message ?? `filter on ${wanted.join(', ')}`,
    broken?.fix ??
      createIndex(
        plan,
        facts,
        inOrder(scan, cause.conditions, plan, context) ??
          (kept === undefined ? coveringKeys(scan.node, facts, plan, context) : undefined) ??
          keysFor(cause.conditions, facts),
      ),
  );
}

/** As is counted: LIMIT may end it. */
const rowsReadOf = (scan: Scan, context: RuleContext): number =>
  context.shape?.limit ? Math.min(scan.rows, rowsSeen(scan, context) ?? scan.rows) : scan.rows;

const namesOf = (conditions: readonly Condition[]): string[] => [
  ...new Set(conditions.map(({ column }) => column)),
];

/** Of many rows that have the values the first of an order are wanted, or the greatest. */
function inOrder(
  { nodes, table: facts, asked, kept }: Scan,
  conditions: readonly Condition[],
  plan: Plan,
  context: RuleContext,
): IndexKey[] | undefined {
  const all = asked.conditions.every(
    (each) => conditions.includes(each) || passesOften(each, facts),
  );
  if (!all) return undefined;
  const isOfScan = ({ scans }: Ordered) => nodes.every((each) => scans.includes(each));
  const [end, ...others] = extremes(plan, context).filter(isOfScan);
  const few = kept !== undefined && kept < leastSorted.value;
  const ends = others.length === 0 ? end : undefined;
  const order = few ? undefined : (ends ?? firstRows(plan, context).find(isOfScan));
  const keys = order && keysInOrder(conditions, order.keys, facts, plan);
  return keys && areOfKeys(asked.alternatives, keys) ? keys : undefined;
}
