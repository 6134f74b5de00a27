import { type PlanNode, preorder, type Relation } from '../model/plan.ts';
import { canonicalExpression } from './expression.ts';
import type { Token } from './token.ts';

/** What a hash takes of a plan's names and expressions: nothing that is made up for one plan. */
export interface HashWords {
  names: ReadonlyMap<string, Named>;
  canonical: (expression: string) => string;
}

export function hashWords(root: PlanNode, tokenize: Tokenize): HashWords {
  const names = relationNames(root);
  return { names, canonical: canonicalReader(names, tokenize) };
}

export interface Named {
  name: string;
  /** A partition or inheritance child, shown under its parent's alias plus `_N`. */
  member: boolean;
}
type Names = Map<string, Named>;

/** Reads the expressions of a plan in the spelling of the reader that made it. */
export type Tokenize = (expression: string) => readonly Token[];

/** Each expression once: hashes of a plan hold the same ones, and a plan repeats its own. */
function canonicalReader(names: Names, tokenize: Tokenize): HashWords['canonical'] {
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

let collator: Intl.Collator | undefined;
/** Made for the first relation that occurs twice: it takes some megabytes. */
function inOrder(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

/**
 * alias → the name to hash. Aliases that the server made (`orders_1`) lose their suffix; a relation
 * that occurs twice is numbered by alias.
 */
function relationNames(root: PlanNode): Names {
  const occurrences = new Map<string, { alias: string; base: string; relation: Relation }[]>();
  const names: Names = new Map();
  const known = new Set<string>();
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
    if (!known.has(`${base} ${alias}`)) seen.push({ alias, base, relation });
    known.add(`${base} ${alias}`);
    occurrences.set(base, seen);
  }
  for (const seen of occurrences.values()) {
    if (seen.length > 1) seen.sort((a, b) => inOrder(a.alias, b.alias));
    for (const [i, { alias, base }] of seen.entries())
      names.set(alias, { name: seen.length > 1 ? `${base}#${i + 1}` : base, member: false });
  }
  return names;
}

/**
 * V8 keeps a sum of texts as its parts, until somebody reads it; what is joined is written again at
 * every level above it.
 */
export const inOne = (texts: readonly string[]): string =>
  texts.reduce((all, each) => all + each, '');
