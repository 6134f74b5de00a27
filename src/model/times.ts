import type { PlanNode } from './plan.ts';
import { ends, positive, type Tree } from './tree.ts';

/**
 * Each node's own time: what it took without its children. Servers print the time of a node with
 * all that ran inside it, as an average of its loops. What hangs at one place of the tree may run
 * inside another node:
 *
 * - a CTE produces its rows inside the scans that pull them, the first one most or all of them;
 *   what no scan wanted of a CTE that writes is produced after the root, beside its time
 * - an InitPlan runs inside the node that needs its value first: one that names it in a condition,
 *   else the one that computes the columns; for what workers do, the Gather before it starts them
 * - a subplan of each row hangs at the node that runs it (PostgreSQL); MariaDB lists subqueries and
 *   what is made to be read again beside a block's tables: they run there, else in what is above
 * - below a Gather, times are of all processes, which ran side by side: of each the average counts
 *
 * Nothing is scaled to fit: the sum is the root's time (and of what ran beside it) but for the
 * digits that are not printed, and a node placed wrongly makes it greater.
 */
export interface Times {
  /** Of the plan: the root's, and what ran after it. */
  wholeMs: number;
  /** By place in preorder, never below 0. */
  ownMs: number[];
}

/** PostgreSQL and MySQL print microseconds: half of one may be missing in each loop. */
const rounding_ms = 0.0005;

interface Walk extends Tree {
  /** Elapsed, of all loops and with all that ran inside. */
  inclusive: number[];
  /** How many processes ran a node side by side. */
  processes: number[];
  /** What is not yet known to be another's. */
  own: number[];
  /** What rounding may have left out of `own`. */
  slack: number[];
}

export function exclusiveTimes(tree: Tree): Times {
  const walk = measure(tree);
  const { nodes, inclusive, own } = walk;
  const floating = [...nodes.keys()].filter(
    (at) => mayRunElsewhere(nodes[at] as PlanNode) && (inclusive[at] as number) > 0,
  );
  let besideMs = 0;
  if (floating.length > 0) {
    const last = ends(tree);
    const scans = cteScans(tree, last);
    for (const [i, at] of floating.entries()) {
      const hosts =
        scans.get(at) ?? (i < mostSubplans ? hostsOf(walk, at, last) : atHome(walk, at));
      const rest = charge(walk, at, hosts);
      if (runsBeside(nodes[at] as PlanNode)) besideMs += rest;
    }
  }
  return {
    wholeMs: positive((inclusive[0] as number) + besideMs),
    ownMs: own.map(positive),
  };
}

/** InitPlans whose hosts are looked for, and places looked at for each: people write dozens. */
const mostSubplans = 500;
const mostPlaces = 2_000;

/** Servers of the MySQL family give subqueries no name. */
const mayRunElsewhere = ({ parentRelation, subplanName }: PlanNode) =>
  parentRelation === 'cte' ||
  parentRelation === 'initplan' ||
  (subplanName === undefined && (parentRelation === 'subplan' || parentRelation === 'materialize'));

/**
 * A CTE that writes is run to its end, wanted or not. MySQL runs a subquery while it plans, where
 * its value decides which rows of an index are read; of a UNION, MariaDB measures only the members.
 */
const runsBeside = ({ parentRelation, op, subplanName }: PlanNode) =>
  parentRelation === 'cte' ? op === 'Modify' : subplanName === undefined;

function measure(tree: Tree): Walk {
  const { nodes, parents } = tree;
  const zeros = () => nodes.map(() => 0);
  const [inclusive, processes, own, slack] = [zeros(), zeros(), zeros(), zeros()];
  for (const [at, node] of nodes.entries()) {
    const parent = parents[at] as number;
    const { totalMs, loops } = node.act ?? { totalMs: 0, loops: 0 };
    const together = parent < 0 ? 1 : (processes[parent] as number) * spread(nodes[parent], node);
    const ms = (totalMs * loops) / together;
    const missing = (rounding_ms * loops) / together;
    processes[at] = together;
    inclusive[at] = ms;
    own[at] = (own[at] as number) + ms;
    slack[at] = (slack[at] as number) + missing;
    if (parent < 0 || mayRunElsewhere(node)) continue;
    own[parent] = (own[parent] as number) - ms;
    slack[parent] = (slack[parent] as number) + missing;
  }
  return { ...tree, inclusive, processes, own, slack };
}

/** How many processes share what hangs below a node: workers and, if it took part, their leader. */
function spread(parent: PlanNode | undefined, { act, parentRelation }: PlanNode): number {
  if (parent?.op !== 'Gather' || parentRelation !== 'outer') return 1;
  return Math.max(1, (act?.loops ?? 0) / Math.max(1, parent.act?.loops ?? 1));
}

/**
 * Takes the time of what hangs at `at` out of the first of the hosts that has it, that of a CTE
 * else out of several, in their order; returns what none of them has.
 */
function charge(walk: Walk, at: number, hosts: readonly number[]): number {
  const { own, slack, inclusive } = walk;
  let rest = inclusive[at] as number;
  const room = (host: number) => own[host] as number;
  const enough = (host: number) =>
    room(host) + (slack[host] as number) + (slack[at] as number) >= rest;
  const whole = hosts.find(enough);
  const severally = walk.nodes[at]?.parentRelation === 'cte' ? hosts : [];
  const taken = whole === undefined ? severally : [whole];
  for (const host of taken) {
    const part = host === whole ? rest : Math.min(rest, Math.max(0, room(host)));
    own[host] = room(host) - part;
    rest -= part;
  }
  return rest;
}

/** The CTEs of a plan, each with its scans in the order in which they begin. */
function cteScans(tree: Tree, last: readonly number[]): Map<number, number[]> {
  const { nodes, parents } = tree;
  const declared = new Map<string, number>();
  for (const [at, { parentRelation, subplanName }] of nodes.entries())
    if (parentRelation === 'cte') declared.set(`${parents[at]} ${subplanName}`, at);
  const scans = new Map([...declared.values()].map((at) => [at, [] as number[]]));
  if (declared.size === 0) return scans;
  for (const at of executionOrder(tree)) {
    const { op, relation } = nodes[at] as PlanNode;
    if (op !== 'CteScan' || !relation) continue;
    // The innermost one of that name that is declared above, not in itself.
    for (let above = parents[at] as number; above >= 0; above = parents[above] as number) {
      const cte = declared.get(`${above} CTE ${relation.name}`);
      if (cte === undefined || (at >= cte && at < (last[cte] as number))) continue;
      scans.get(cte)?.push(at);
      break;
    }
  }
  return scans;
}

/** Places in the order in which nodes begin: the side of a hash join that is hashed comes first. */
function executionOrder({ nodes }: Tree): number[] {
  const places = new Map(nodes.map((node, at) => [node, at]));
  const order: number[] = [];
  const waiting = [nodes[0] as PlanNode];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    order.push(places.get(node) as number);
    waiting.push(...(node.op === 'HashJoin' ? node.children : node.children.toReversed()));
  }
  return order;
}

/** Where something may have run, the likeliest first. */
function hostsOf(walk: Walk, at: number, last: readonly number[]): number[] {
  const top = walk.parents[at] as number;
  const places: number[] = [];
  for (let place = top; place < (last[top] as number) && places.length < mostPlaces; place += 1)
    if (place === at) place = (last[at] as number) - 1;
    else places.push(place);
  const likeliest =
    walk.nodes[at]?.parentRelation === 'initplan'
      ? initPlanHosts(walk, at, places)
      : atHome(walk, at);
  return [...new Set([...likeliest, ...places].map((each) => outsideWorkers(walk, top, each)))];
}

/** Where it hangs, and what is above. */
function atHome({ parents }: Walk, at: number): number[] {
  const hosts: number[] = [];
  for (let place = parents[at] as number; place >= 0; place = parents[place] as number)
    hosts.push(place);
  return hosts;
}

function initPlanHosts({ nodes, parents }: Walk, at: number, places: readonly number[]): number[] {
  const top = parents[at] as number;
  const names = namesOf(nodes[at] as PlanNode);
  const users = places.filter((place) => mentions(nodes[place] as PlanNode, names));
  // What a rescan computes (the key of an index) is its parent's time.
  const named = users
    .flatMap((user) => [user, parents[user] as number])
    .filter((place) => place >= top);
  const computing = places.filter((place) => projects(nodes[place] as PlanNode)).slice(0, 1);
  return [...named, ...limitOf(nodes, top), ...computing];
}

const limitOf = (nodes: readonly PlanNode[], top: number) =>
  nodes[top]?.op === 'Limit' ? [top] : [];

/** `InitPlan 1 (returns $0,$1)` is named `$0` and `$1` up to PostgreSQL 16, `InitPlan 1` since. */
function namesOf({ subplanName = '' }: PlanNode): string[] {
  const [name = '', returned = ''] = subplanName.split(/ \(returns |\)/);
  return [name, ...returned.split(',')].filter(Boolean);
}

function mentions({ predicates, join }: PlanNode, names: readonly string[]): boolean {
  const { index, filter, recheck, joinFilter } = predicates;
  const named = (text: string) =>
    names.some((name) => text.includes(name) && !/^\d/.test(text.split(name)[1] ?? ''));
  return [...index, ...filter, ...recheck, ...joinFilter, ...(join?.condition ?? [])].some(
    ({ text }) => named(text),
  );
}

/** These pass on the columns that they are given. */
const passing = new Set(['Limit', 'Sort', 'IncrementalSort', 'Unique', 'Materialize', 'Modify']);
const projects = ({ op }: PlanNode) => !passing.has(op);

/** Values that workers need are computed by the Gather above them. */
function outsideWorkers({ nodes, parents, processes }: Walk, top: number, place: number): number {
  let host = place;
  for (let above = place; above > top; above = parents[above] as number)
    if (nodes[parents[above] as number]?.op === 'Gather') host = parents[above] as number;
  return processes[host] === processes[top] ? host : top;
}
