import { describe, expect, it } from 'vitest';
import { workOf } from '../../test/support/pace.ts';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import fc from '../../test/support/property.ts';
import { bareNode } from '../dialects/reading.ts';
import { type PlanNode, preorder } from '../model/plan.ts';
import { matchPlans } from './match.ts';

const namesOf = (before: object, after: object) => {
  const [old, now] = [planOf(before).root, planOf(after).root];
  const name = (root: PlanNode, at: number | undefined) => {
    const node = at === undefined ? undefined : preorder(root)[at];
    return node && `${node.op}${node.relation ? ` ${node.relation.alias}` : ''}`;
  };
  return matchPlans(old, now).map(({ before: a, after: b }) => [name(old, a), name(now, b)]);
};
const aliased = (name: string, alias: string) => seq(name, { Alias: alias });

describe('steps of two plans', () => {
  it('of 20,000 like ones are told apart by their order, and soon', async () => {
    const many = planOf({
      'Node Type': 'Append',
      Plans: Array.from({ length: 20_000 }, () => seq('t')),
    }).root;
    expect(await workOf(() => matchPlans(many, many))).toBeLessThan(200);
    expect(matchPlans(many, many)).toEqual(
      Array.from({ length: 20_001 }, (_, at) => ({ before: at, after: at })),
    );
  });
  it('are the same where they do the same kind of work on the same tables', () => {
    expect(
      namesOf(
        joined('Nested Loop', aliased('orders', 'o'), aliased('customers', 'c')),
        joined('Hash Join', aliased('customers', 'c'), aliased('orders', 'o')),
      ),
    ).toEqual([
      ['NestedLoop', 'HashJoin'],
      ['SeqScan c', 'SeqScan c'],
      ['SeqScan o', 'SeqScan o'],
    ]);
  });
  it('tell apart a table that is joined with itself, and what only one of them has', () => {
    const sort = (child: object) => ({
      'Node Type': 'Sort',
      Plans: [{ ...child, 'Parent Relationship': 'Outer' }],
    });
    const self = joined('Hash Join', aliased('t', 'a'), aliased('t', 'b'));
    expect(namesOf(self, sort(self))).toEqual([
      [undefined, 'Sort'],
      ['HashJoin', 'HashJoin'],
      ['SeqScan a', 'SeqScan a'],
      ['SeqScan b', 'SeqScan b'],
    ]);
    expect(namesOf(sort(seq('t')), seq('t')).at(-1)).toEqual(['Sort', undefined]);
  });
  it('are each one’s own in a plan and itself', () => {
    const trees = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 })), { maxLength: 60 });
    fc.assert(
      fc.property(trees, (parents) => {
        const nodes = [bareNode('Append', 'Append')];
        for (const [i, [parent, kind]] of parents.entries()) {
          const node = bareNode(kind < 2 ? 'SeqScan' : 'Sort', 'x');
          if (kind < 2) node.relation = { name: `t${kind}`, kind: 'table' };
          nodes[parent % (i + 1)]?.children.push(node);
          nodes.push(node);
        }
        const [root] = nodes;
        const pairs = root ? matchPlans(root, root) : [];
        expect(pairs).toEqual(nodes.map((_, at) => ({ before: at, after: at })));
      }),
    );
  });
});
