import type { PlanNode, Predicate } from '../model/plan.ts';
import { type HashWords, inOne } from './hash-words.ts';

/**
 * What `ph1:` hashed of a plan, in the versions before `ph2:`. A plan in a history that has such a
 * hash is known again by it, and goes on under its new one: docs/decisions/0016. It can be deleted
 * in the version after the next, once no history holds plans of before (30 days by default), with
 * `Plan.hash.before` and the column `former_hash`.
 */
export function describeBefore(node: PlanNode, { names, canonical }: HashWords): string {
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
  const fields = [
    node.op === 'Unknown' ? `Unknown ${node.nativeOp}` : node.op,
    node.parentRelation ?? 'root',
    named?.name ?? '',
    node.index ? `${named?.member ? '*' : node.index.name}/${node.index.access}` : '',
    node.join ? `${node.join.type}` : '',
    conditions('on', node.join?.condition ?? []),
    conditions('index', node.predicates.index),
    conditions('filter', node.predicates.filter),
    conditions('join', node.predicates.joinFilter),
    keys('sort', node.sort?.keys),
    node.group ? `${node.group.strategy}${node.group.phase ?? ''}` : '',
    keys('group', node.group?.keys),
    '',
  ];
  const children = node.children.map((child) => describeBefore(child, { names, canonical }));
  const kept = node.op === 'Append' ? [...new Set(children)] : children;
  const isInit = (i: number) => node.children[i]?.parentRelation === 'initplan';
  const below =
    kept.length === children.length
      ? [...kept.filter((_, i) => isInit(i)).sort(), ...kept.filter((_, i) => !isInit(i))]
      : kept;
  return `(${fields.join('|')}{${kept.length}}${inOne(below)})`;
}
