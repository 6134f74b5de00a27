import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type PlanNode, type Predicate, preorder, type Relation } from '../model/plan.ts';
import { canonicalExpression } from './expression.ts';
import type { Token } from './token.ts';

/**
 * `ph1:` + SHA-256/128 of the plan's structure. Two plans have one hash when the server would do
 * the same work in the same order: other literals, a grown table, EXPLAIN or EXPLAIN ANALYZE change
 * nothing; another index, join order or algorithm does. `shape` takes partitions as one; `full`
 * tells them apart and adds planned workers. test/golden/hashes.json pins the algorithm; a change
 * of it is `ph2:`.
 */
export function planHash(root: PlanNode, tokenize: Tokenize): { shape: string; full: string } {
  const names = relationNames(root);
  const canonical = canonicalReader(names, tokenize);
  const shape = describe(root, { names, canonical, full: false });
  const full = describe(root, { names, canonical, full: true });
  const hash = digest(shape);
  return { shape: hash, full: full === shape ? hash : digest(full) };
}

const digest = (text: string) => `ph1:${bytesToHex(sha256(utf8ToBytes(text)).subarray(0, 16))}`;

interface Named {
  name: string;
  /** A partition or inheritance child, shown under its parent's alias plus `_N`. */
  member: boolean;
}
type Names = Map<string, Named>;

/** Reads the expressions of a plan in the spelling of the reader that made it. */
export type Tokenize = (expression: string) => readonly Token[];

interface View {
  names: Names;
  canonical: (expression: string) => string;
  full: boolean;
}

/** Each expression once: both hashes hold the same ones, and a plan repeats its own. */
function canonicalReader(names: Names, tokenize: Tokenize): View['canonical'] {
  const known = new Map<string, string>();
  const column = (qualifier: string | undefined, name: string) =>
    qualifier ? `${names.get(qualifier)?.name ?? qualifier}.${name}` : name;
  return (expression) => {
    const before = known.get(expression);
    if (before !== undefined) return before;
    const read = canonicalExpression(tokenize(expression), column);
    known.set(expression, read);
    return read;
  };
}

/**
 * alias → the name to hash. Aliases that the server made (`orders_1`) lose their suffix; a relation
 * that occurs twice is numbered by alias.
 */
function relationNames(root: PlanNode): Names {
  const occurrences = new Map<string, { alias: string; base: string; relation: Relation }[]>();
  const names: Names = new Map();
  for (const { relation } of preorder(root)) {
    if (!relation) continue;
    const alias = relation.alias ?? relation.name;
    const generated = /^(.*)_\d+$/.exec(alias)?.[1];
    if (
      generated &&
      relation.kind === 'table' &&
      alias !== relation.name &&
      generated !== relation.name
    ) {
      names.set(alias, { name: generated, member: true });
      continue;
    }
    const base = `${relation.schema ?? ''}.${relation.name}`;
    const seen = occurrences.get(base) ?? [];
    if (!seen.some((each) => each.alias === alias)) seen.push({ alias, base, relation });
    occurrences.set(base, seen);
  }
  for (const seen of occurrences.values()) {
    seen.sort((a, b) => a.alias.localeCompare(b.alias, 'en', { numeric: true }));
    for (const [i, { alias, base }] of seen.entries())
      names.set(alias, { name: seen.length > 1 ? `${base}#${i + 1}` : base, member: false });
  }
  return names;
}

function describe(node: PlanNode, view: View): string {
  const { names, canonical, full } = view;
  const alias = node.relation?.alias ?? node.relation?.name;
  const named = alias === undefined ? undefined : names.get(alias);
  const conditions = (label: string, predicates: Predicate[]) =>
    predicates.length
      ? `${label}[${predicates
          .map(({ text }) => canonical(text))
          .sort()
          .join(' ; ')}]`
      : '';
  const keys = (label: string, list: string[] | undefined) =>
    list?.length ? `${label}[${list.map(canonical).join(', ')}]` : '';
  const member = named?.member === true;
  const fields = [
    // What no reader knows is told apart by the name that the server gives it.
    node.op === 'Unknown' ? `Unknown ${node.nativeOp}` : node.op,
    node.parentRelation ?? 'root',
    full && member ? `${node.relation?.schema ?? ''}.${node.relation?.name}` : (named?.name ?? ''),
    node.index ? `${member && !full ? '*' : node.index.name}/${node.index.access}` : '',
    node.join ? `${node.join.type}` : '',
    conditions('on', node.join?.condition ?? []),
    conditions('index', node.predicates.index),
    conditions('filter', node.predicates.filter),
    conditions('join', node.predicates.joinFilter),
    keys('sort', node.sort?.keys),
    node.group ? `${node.group.strategy}${node.group.phase ?? ''}` : '',
    keys('group', node.group?.keys),
    full && node.workers ? `workers=${node.workers.planned}` : '',
  ];
  const children = node.children.map((child) => describe(child, view));
  const kept =
    !full && node.op === 'Append'
      ? children.filter((child, i) => children.indexOf(child) === i)
      : children;
  const below = full ? kept : orderInitPlans(node, kept);
  return `(${fields.join('|')}{${kept.length}}${below.join('')})`;
}

/** The order in which InitPlans are listed is not structure for `shape`. */
function orderInitPlans(node: PlanNode, described: string[]): string[] {
  if (described.length !== node.children.length) return described;
  const isInit = (i: number) => node.children[i]?.parentRelation === 'initplan';
  return [
    ...described.filter((_, i) => isInit(i)).sort(),
    ...described.filter((_, i) => !isInit(i)),
  ];
}
