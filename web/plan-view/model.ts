import type { Severity } from '../../src/model/finding.ts';
import { allPredicates, type Plan, type PlanNode } from '../../src/model/plan.ts';
import { ends, flatten, type Tree } from '../../src/model/tree.ts';
import type { Scene } from '../../src/render/scene.ts';
import { subjectOf, titleOf } from '../../src/render/titles.ts';
import type { Told } from './types.ts';

/** What is derived of a plan once, whatever is shown of it. Nodes go by places in preorder. */
export interface Model {
  plan: Plan;
  tree: Tree;
  /** Behind what hangs below each. */
  ends: readonly number[];
  levels: readonly number[];
  /** Of each: how many stand under its parent, and which of them it is, from 1. */
  siblings: readonly (readonly [of: number, which: number])[];
  /** With all below it: share of the time, or of the cost. */
  inclusive: readonly number[];
  findings: readonly Told[];
  /** Whether somebody has looked for them. */
  looked: boolean;
  /** Of each node with findings, the worst. */
  badges: ReadonlyMap<number, Severity>;
}

const severities: readonly Severity[] = ['info', 'warning', 'critical'];

export function modelOf(plan: Plan, given: readonly Told[] | undefined): Model {
  const tree = flatten(plan.root);
  const { nodes, parents } = tree;
  const levels: number[] = [];
  const inclusive = nodes.map(ownShare);
  const siblings = nodes.map((): [number, number] => [1, 1]);
  const places = new Map(nodes.map((node, at) => [node, at]));
  for (const [at, parent] of parents.entries())
    levels[at] = parent < 0 ? 0 : (levels[parent] as number) + 1;
  for (const { children } of nodes)
    for (const [i, child] of children.entries())
      siblings[places.get(child) as number] = [children.length, i + 1];
  for (let at = nodes.length - 1; at > 0; at -= 1)
    inclusive[parents[at] as number]! += inclusive[at] as number;
  const findings = (given ?? []).toSorted(
    (a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity),
  );
  const badges = new Map<number, Severity>();
  for (const { severity, nodes: places } of findings)
    for (const at of places) if (!badges.has(at)) badges.set(at, severity);
  const looked = given !== undefined;
  return { plan, tree, ends: ends(tree), levels, siblings, inclusive, findings, looked, badges };
}

const ownShare = ({ derived }: PlanNode): number => derived.timeShare ?? derived.costShare;

/** Places of the nodes in which all words of it are found. */
export function search({ tree }: Pick<Model, 'tree'>, asked: string): number[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return tree.nodes.flatMap((node, at) => {
    const text = [titleOf(node), node.nativeOp, subjectOf(node), ...texts(node)]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word)) ? [at] : [];
  });
}
const texts = (node: PlanNode) => allPredicates(node).map(({ text }) => text);

/** Of each node, which card of a scene it is on. */
export function holders({ cards }: Scene, { tree, ends: behind }: Model): Int32Array {
  const held = new Int32Array(tree.nodes.length);
  for (const [i, { id, kind, places = [], beside = [] }] of cards.entries()) {
    if (kind === 'node') held[id] = i;
    for (const at of kind === 'rest' ? places : beside) held.fill(i, at, behind[at]);
    if (kind === 'way') for (const at of places) held[at] = i;
  }
  return held;
}

/** Places that an outline shows, of which some have closed what is below them. */
export function outlined({ ends: behind }: Model, closed: ReadonlySet<number>): number[] {
  const shown: number[] = [];
  for (let at = 0; at < behind.length; at = closed.has(at) ? (behind[at] as number) : at + 1)
    shown.push(at);
  return shown;
}

/** Smaller plans are read as a whole. */
const large = 60;

/** Of a large plan: places below which nothing has a card of its own. */
export function quietIn({ cards }: Scene, { tree: { nodes, parents } }: Model): Set<number> {
  if (nodes.length < large) return new Set();
  const leads = new Uint8Array(nodes.length);
  for (const { id, kind } of cards) if (kind === 'node') leads[id] = 1;
  const quiet = new Set<number>();
  const above = new Uint8Array(nodes.length);
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    if (above[at] === 0 && (nodes[at]?.children.length ?? 0) > 0) quiet.add(at);
    const parent = parents[at] ?? -1;
    if (parent >= 0 && (leads[at] === 1 || above[at] === 1)) above[parent] = 1;
  }
  return quiet;
}
