import { expect, it } from 'vitest';
import { leavesOf, leavesToDrop, missingSteps } from './index-partitions.ts';

const partitions = ['a', 'b'].map((table) => ({ schema: 's', table, name: `dbi_${table}` }));
const made = ['root', 'mark', 'create a', 'attach a', 'create b', 'attach b'];
const leaf = (name: string, valid: boolean, attached: boolean, marked = false) => ({
  schema: 's',
  name,
  valid: String(valid),
  attached: String(attached),
  marked: String(marked),
});
const steps = (root: boolean, ...rows: ReturnType<typeof leaf>[]) =>
  missingSteps(made, partitions, { root, leaves: leavesOf(rows) });

it('does what is missing, and nothing twice', () => {
  expect(steps(false)).toEqual(made);
  expect(steps(true, leaf('dbi_a', true, true))).toEqual(['mark', 'create b', 'attach b']);
  expect(steps(true, leaf('dbi_a', true, true), leaf('dbi_b', true, false))).toEqual([
    'mark',
    'attach b',
  ]);
});

it('what is invalid is dropped before it is made again', () => {
  expect(steps(true, leaf('dbi_a', true, true), leaf('dbi_b', false, false))).toEqual([
    'mark',
    'DROP INDEX CONCURRENTLY "s"."dbi_b";',
    'create b',
    'attach b',
  ]);
});

it('drops none that is another change’s', () => {
  const rows = leavesOf([leaf('dbi_a', true, false, true), leaf('dbi_b', true, false)]);
  expect(leavesToDrop(partitions, rows)).toEqual(['DROP INDEX CONCURRENTLY "s"."dbi_b";']);
});

it('drops by themselves those that do not hang on the root', () => {
  const rows = leavesOf([leaf('dbi_a', true, true), leaf('dbi_b', false, false)]);
  expect(leavesToDrop(partitions, rows)).toEqual(['DROP INDEX CONCURRENTLY "s"."dbi_b";']);
});
