import { expect, it } from 'vitest';
import { bareNode } from '../../src/dialects/reading.ts';
import { joinParts, partsOf } from './plan-parts.ts';

const leaf = (name: string) => bareNode('SeqScan', name);

it('comes back as it was, whatever its size', () => {
  const wide = bareNode(
    'Append',
    'Append',
    Array.from({ length: 1_700 }, (_, at) => bareNode('Sort', 'Sort', [leaf(`scan ${at}`)])),
  );
  const parts = partsOf(wide);
  expect(parts.map(({ nodes }) => nodes.length)).toEqual([500, 500, 500, 500, 500, 500, 401]);
  expect(joinParts(structuredClone(parts))).toEqual(wide);
  expect(joinParts([])).toBeUndefined();
});

it('takes what is too deep to be copied whole', () => {
  let root = leaf('at the end');
  for (let level = 0; level < 20_000; level += 1) {
    const above = leaf('way');
    above.children = [root];
    root = above;
  }
  let node = joinParts(structuredClone(partsOf(root)));
  let levels = 0;
  for (; node?.children[0]; node = node.children[0]) levels += 1;
  expect([levels, node?.nativeOp]).toEqual([20_000, 'at the end']);
});
