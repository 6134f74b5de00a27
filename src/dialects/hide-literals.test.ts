import { expect, it } from 'vitest';
import { hideLiterals } from './hide-literals.ts';
import { bareNode } from './reading.ts';

it('shows no such word, wherever in a plan it is printed', () => {
  const predicate = { text: '(d.Secret = o.id)', columns: ['d.Secret', 'o.id'] };
  const root = {
    ...bareNode('IndexScan', 'ref'),
    relation: { name: 'secret', alias: 'o', kind: 'table' as const },
    index: { name: 'by_secret secret', access: 'seek' as const },
    join: { type: 'inner', condition: [predicate] },
    sort: { keys: ['SECRET desc'] },
    group: { strategy: 'Sorted', keys: ['secret'] },
  };
  root.predicates.index = [predicate];
  root.predicates.filter = [predicate];
  hideLiterals(root, new Set(['secret']));
  const hidden = { text: '(d.? = o.id)', columns: ['d.?', 'o.id'] };
  expect(root).toMatchObject({
    relation: { name: '?', alias: 'o' },
    index: { name: 'by_secret ?' },
    join: { condition: [hidden] },
    sort: { keys: ['? desc'] },
    group: { keys: ['?'] },
    predicates: { index: [hidden], filter: [hidden] },
  });
});
