import type { PlanNode } from './plan.ts';
import { positive, type Tree } from './tree.ts';

/**
 * Each node's own cost: what the whole plan pays for it, without what it pays for its children. The
 * costs that are printed are of one run to the end; what is paid differs where
 *
 * - a Limit or a join stops early: start-up costs are paid, of the rest a share
 * - a nested loop reads its inner side once for each outer row, at most for what the join costs
 * - a subplan runs for each row of its node
 * - processes work side by side: members of a parallel Append cost it less than all of them
 *
 * The sum is the root's cost, but for printed digits; a share taken wrongly makes it greater.
 */
export function exclusiveCosts({ nodes, parents }: Tree): number[] {
  const own = nodes.map(() => 0);
  const bills: Bill[] = [];
  /** Of each node, what its children get, and how many of them have got it. */
  const given: { bills: Bill[]; next: number }[] = [];
  for (const [at, node] of nodes.entries()) {
    const parent = parents[at] as number;
    const bill = parent < 0 ? once(node.est.totalCost) : billOf(node, given[parent], bills[parent]);
    const cost = bill.runs * bill.each;
    own[at] = (own[at] as number) + cost;
    if (parent >= 0) own[parent] = (own[parent] as number) - cost;
    bills[at] = bill;
    given[at] = { bills: billsBelow(node, bill.each), next: 0 };
  }
  return own.map(positive);
}

function billOf(
  node: PlanNode,
  given: { bills: Bill[]; next: number } | undefined,
  above = once(0),
): Bill {
  const { runs, each } = given?.bills[given.next] ?? once(0);
  if (given) given.next += 1;
  // What is made to be read again is made once, however often it is read.
  const made = node.parentRelation === 'materialize' || isBefore(node);
  return made && above.runs > 1
    ? once(Math.min(node.est.totalCost, above.runs * above.each))
    : { runs: above.runs * runs, each };
}

/** How often a node runs in one run of its parent, and what each of these costs. */
interface Bill {
  runs: number;
  each: number;
}

const once = (each: number): Bill => ({ runs: 1, each });

/** Of one run of a node that is paid with `paid`: what of it each of the children gets. */
function billsBelow(node: PlanNode, paid: number): Bill[] {
  const { children } = node;
  const before = costOf(children.filter(isBefore));
  const inputs = children.filter(isInput);
  // What InitPlans and CTEs cost is part of their node's cost from the start.
  const end = node.est.totalCost - before;
  const start = Math.min(end, Math.max(0, node.est.startupCost - before));
  const part: Part = { start, end, paid: Math.min(end, paid - before) };
  const read = inputBills(node, inputs, part);
  let left = paid - before - read.reduce((sum, { runs, each }) => sum + runs * each, 0);
  let input = 0;
  return children.map((child) => {
    if (isBefore(child)) return once(child.est.totalCost);
    if (isInput(child)) return read[input++] as Bill;
    const bill = subplanBill(node, child, left);
    left -= bill.runs * bill.each;
    return bill;
  });
}

const isBefore = ({ parentRelation }: PlanNode) =>
  parentRelation === 'cte' || parentRelation === 'initplan';
const isInput = (node: PlanNode) => !isBefore(node) && node.parentRelation !== 'subplan';
const costOf = (nodes: readonly PlanNode[]) =>
  nodes.reduce((sum, { est }) => sum + est.totalCost, 0);

/** What a node costs until its first row, until its last, and as far as it is run. */
interface Part {
  start: number;
  end: number;
  paid: number;
}

/** Of what comes after the first row, the share that is paid; 1 at the end. */
const shareOf = ({ start, end, paid }: Part) =>
  end > start ? Math.max(0, (paid - start) / (end - start)) : 1;
/** Below 1 where not even the first row is paid: rescans may be cheaper than that. */
const startOf = ({ start, paid }: Part) => (start > 0 ? Math.min(1, paid / start) : 1);

/** A child that has cost `from` when its node's first row comes, and `to` at the end. */
function between(part: Part, from: number, to: number): number {
  const begun = Math.min(from, part.start);
  return startOf(part) * (begun + shareOf(part) * (to - begun));
}

function inputBills(node: PlanNode, inputs: readonly PlanNode[], part: Part): Bill[] {
  const [outer, inner] = inputs;
  if (!outer) return [];
  if (!inner) return [once(onlyChild(node, outer, part))];
  const { startupCost, totalCost } = outer.est;
  switch (node.op) {
    case 'NestedLoop':
      return [once(between(part, startupCost, totalCost)), repeated(outer, inner, part)];
    case 'HashJoin':
      return [
        once(between(part, startupCost, totalCost)),
        once(between(part, inner.est.totalCost, inner.est.totalCost)),
      ];
    case 'MergeJoin':
      return together(inputs, part);
    case 'Append':
      if (node.nativeOp === 'Recursive Union') return recursion(outer, inner, part);
      return node.nativeOp === 'Merge Append' || costOf(inputs) > part.end
        ? together(inputs, part)
        : oneAfterTheOther(inputs, part);
    default:
      return together(inputs, part);
  }
}

/**
 * A Limit takes of its child what it costs itself. A sort or a hash has read it to its end when the
 * first row comes: then the child costs no more than that.
 */
function onlyChild({ op }: PlanNode, { est }: PlanNode, part: Part): number {
  const { startupCost, totalCost } = est;
  if (op === 'Limit') return Math.min(part.paid, totalCost);
  return between(part, part.start < totalCost ? startupCost : totalCost, totalCost);
}

/** Read side by side; a merge join ends with the first of its sides, workers share the members. */
function together(inputs: readonly PlanNode[], part: Part): Bill[] {
  const start = inputs.reduce((sum, { est }) => sum + est.startupCost, 0);
  const rest = costOf(inputs) - start;
  const reached = rest > 0 ? Math.min(1, Math.max(0, (part.end - start) / rest)) : 1;
  const begun = start > part.end ? part.end / start : 1;
  return inputs.map(({ est: { startupCost, totalCost } }) => {
    const to = startupCost + reached * (totalCost - startupCost);
    return once(begun * between(part, startupCost, to));
  });
}

function oneAfterTheOther(inputs: readonly PlanNode[], { paid }: Part): Bill[] {
  let left = paid;
  return inputs.map(({ est }) => {
    const each = Math.min(est.totalCost, Math.max(0, left));
    left -= each;
    return once(each);
  });
}

/** PostgreSQL's default of `cpu_operator_cost`: a row that is read again out of memory. */
const rowAgain = 0.0025;

/** The inner side of a nested loop: once for each outer row, at most what the join costs. */
function repeated(outer: PlanNode, inner: PlanNode, part: Part): Bill {
  const { startupCost, totalCost, rows } = inner.est;
  const all = part.end - outer.est.totalCost;
  // Readers that know how often it runs give the costs of all runs.
  if (inner.ext['executions'] !== undefined)
    return once(between(part, startupCost, Math.min(all, totalCost)));
  const runs = Math.max(1, outer.est.rows);
  // Printed of all runs together (MySQL's first format, MariaDB), or less than one is paid.
  if (all <= totalCost) return once(between(part, Math.min(startupCost, all), all));
  const full = runs * totalCost;
  const holds = inner.op === 'Materialize' || inner.op === 'Sort';
  if (holds && inner.nativeOp !== 'Memoize' && all < full) {
    const again = (runs - 1) * rowAgain * rows;
    return once(between(part, startupCost, Math.min(all, totalCost + again)));
  }
  const cost = between(part, startupCost, Math.max(startupCost, Math.min(all, full)));
  // What is remembered is not read again: the rest of the join's cost tells how often it is.
  const often = inner.nativeOp === 'Memoize' ? cost / totalCost : Math.max(1, runs * shareOf(part));
  return often > 0 ? { runs: often, each: cost / often } : once(0);
}

/** PostgreSQL reckons with ten rounds. */
const rounds = 10;

function recursion(first: PlanNode, again: PlanNode, part: Part): Bill[] {
  const { startupCost, totalCost } = first.est;
  const all = Math.min(part.end - totalCost, rounds * again.est.totalCost);
  const begun = between(part, startupCost, totalCost);
  return [once(begun), { runs: rounds, each: between(part, again.est.startupCost, all) / rounds }];
}

/**
 * In a condition it runs for every row that is looked at, which no plan tells: as often as the
 * node's cost allows. Else for each row that comes out; a hashed one once.
 */
function subplanBill(node: PlanNode, subplan: PlanNode, left: number): Bill {
  const { totalCost } = subplan.est;
  const room = Math.max(0, left);
  // Readers that know how often it runs have multiplied its costs.
  if (subplan.ext['executions'] !== undefined) return once(Math.min(room, totalCost));
  if (totalCost <= 0) return once(0);
  const { filter, joinFilter } = node.predicates;
  const texts = [...filter, ...joinFilter].map(({ text }) => text);
  const name = subplan.subplanName ?? '';
  const isNamed = (text: string) => text.includes(name) && !/^\d/.test(text.split(name)[1] ?? '');
  const conditions = name === '' ? [] : texts.filter(isNamed);
  const runs = conditions.some((text) => text.includes(`hashed ${name}`))
    ? 1
    : conditions.length > 0
      ? Math.floor(room / totalCost)
      : node.est.rows;
  const cost = Math.min(room, Math.max(1, runs) * totalCost);
  return { runs: cost / totalCost, each: totalCost };
}
