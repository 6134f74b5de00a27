import type { Plan, PlanNode, Predicate } from '../model/plan.ts';
import { stepName } from '../model/step-name.ts';
import { flatten, type Tree } from '../model/tree.ts';
import { sha256Hex } from './digest.ts';
import { describeBefore } from './hash-before.ts';
import { type HashWords, hashWords, inOne, type Tokenize } from './hash-words.ts';

/**
 * `ph2:` + SHA-256/128 of the plan's structure. Two plans have one hash when the server would do
 * the same work in the same order: other literals, a grown table, EXPLAIN or EXPLAIN ANALYZE change
 * nothing; another index, its direction, join order, algorithm or operation does. `shape` takes
 * partitions as one; `full` tells them apart and adds planned workers. test/golden/hashes.json pins
 * the algorithm; a change of it is `ph3:`.
 */
export function planHash(root: PlanNode, tokenize: Tokenize): Plan['hash'] {
  const words = hashWords(root, tokenize);
  const canonical = (text: string) => words.canonical(parametersOf(text));
  const tree = flatten(root);
  const shape = describe(tree, { ...words, canonical, full: false });
  const full = mayDiffer(tree, words) ? describe(tree, { ...words, canonical, full: true }) : shape;
  const hash = digest('ph2', shape);
  return {
    shape: hash,
    full: full === shape ? hash : digest('ph2', full),
    before: digest('ph1', describeBefore(root, words)),
  };
}

const digest = (algorithm: string, text: string) =>
  `${algorithm}:${sha256Hex(text).slice(0, hashDigits)}`;
const hashDigits = 32;

/** PostgreSQL names an InitPlan's value `$0` up to 16, `(InitPlan 1).col1` since. */
const parametersOf = (text: string) =>
  text.includes('InitPlan') ? text.replaceAll(/\(InitPlan \w+\)\.col\d+/g, '$0') : text;

interface View extends HashWords {
  full: boolean;
}

/** Most plans have nothing that only `full` tells: they are described once. */
const mayDiffer = ({ nodes }: Tree, { names }: HashWords): boolean =>
  nodes.some(
    ({ op, workers, children }) =>
      workers !== undefined || op === 'Append' || children.filter(isInitPlan).length > 1,
  ) || [...names.values()].some(({ member }) => member);

const isInitPlan = ({ parentRelation }: PlanNode) => parentRelation === 'initplan';

/** From the last node to the first: what is below a node is described before it. */
function describe({ nodes, parents }: Tree, view: View): string {
  const below = nodes.map((): string[] => []);
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    const node = nodes[at] as PlanNode;
    const children = childrenOf(node, (below[at] as string[]).reverse(), view);
    const text = `(${fieldsOf(node, view)}{${children.length}}${inOne(children)})`;
    const parent = parents[at] as number;
    if (parent < 0) return text;
    below[parent]?.push(text);
  }
  return '';
}

function fieldsOf(node: PlanNode, view: View): string {
  const { canonical, full } = view;
  const { index, join, sort, group, predicates, relation } = node;
  const named = view.names.get(relation?.alias ?? relation?.name ?? '');
  const member = named?.member === true;
  const conditions = (label: string, list: readonly Predicate[]) =>
    list.length === 0 ? '' : `${label}[${list.map(({ text }) => canonical(text)).sort()}]`;
  const keys = (label: string, list: readonly string[] = []) =>
    list.length === 0 ? '' : `${label}[${list.map(canonical)}]`;
  return [
    `${stepName(node)}${node.parallelAware ? ' parallel' : ''}`,
    node.parentRelation ?? 'root',
    full && member ? `${relation?.schema ?? ''}.${relation?.name}` : (named?.name ?? ''),
    index && `${member && !full ? '*' : index.name}/${index.access}${index.backward ? '-' : ''}`,
    join && `${join.type}${join.buffered ? ' buffered' : ''}`,
    conditions('on', join?.condition ?? []),
    conditions('index', predicates.index),
    conditions('filter', predicates.filter),
    conditions('join', predicates.joinFilter),
    keys('sort', sort?.keys),
    keys('presorted', sort?.presorted),
    group && `${group.strategy}${group.phase ?? ''}`,
    keys('group', group?.keys),
    full && node.workers ? `workers=${node.workers.planned}` : '',
  ].join('|');
}

/**
 * Neither how many partitions are read alike nor the order in which InitPlans are listed is the
 * plan's shape.
 */
function childrenOf(node: PlanNode, described: readonly string[], { full }: View): string[] {
  if (full) return [...described];
  if (node.op === 'Append') return [...new Set(described)];
  if (!node.children.some(isInitPlan)) return [...described];
  const isInit = node.children.map(isInitPlan);
  return [
    ...described.filter((_, i) => isInit[i]).sort(),
    ...described.filter((_, i) => !isInit[i]),
  ];
}
