import { type PlanNode, type Predicate, preorder } from '../model/plan.ts';

/**
 * A plan without words that are someone's literals: some servers name a column after the text it is
 * made of, and plans print names.
 */
export const literalWord = /[\p{L}\p{N}_$]+/gu;

export function hideLiterals(root: PlanNode, words: ReadonlySet<string>): void {
  if (words.size === 0) return;
  const hide = (text: string) =>
    text.replaceAll(literalWord, (found) => (words.has(found.toLowerCase()) ? '?' : found));
  const hidden = (predicates: readonly Predicate[]) =>
    predicates.map(({ text, columns }) => ({ text: hide(text), columns: columns.map(hide) }));
  for (const node of preorder(root)) {
    const { relation, index, join, sort, group, predicates } = node;
    if (relation) {
      relation.name = hide(relation.name);
      if (relation.alias !== undefined) relation.alias = hide(relation.alias);
    }
    if (index) index.name = hide(index.name);
    if (join) join.condition = hidden(join.condition);
    if (sort) sort.keys = sort.keys.map(hide);
    if (group) group.keys = group.keys.map(hide);
    predicates.index = hidden(predicates.index);
    predicates.filter = hidden(predicates.filter);
  }
}
