import { expect, test } from 'vitest';
import type { Case, Label } from './case.ts';
import { sampleOf } from './sample.ts';

const it = (id: string, label: Label): Case => ({ id, label, tables: [], inject: [], calls: [] });
const defect = (kind: string, i: number): Case =>
  it(`${kind}/${i}`, { kind: 'defect', defect: kind, category: 'index', rules: [] });

test('some of each category, each of another kind, and controls', () => {
  const kinds = Array.from({ length: 8 }, (_, kind) => [0, 1].map((i) => defect(`k${kind}`, i)));
  const controls = Array.from({ length: 16 }, (_, i) => it(`c/${i}`, { kind: 'healthy' }));
  const ids = sampleOf([...kinds.flat(), ...controls]).map(({ id }) => id);
  expect(ids.slice(0, 4)).toEqual(['k0/0', 'k2/0', 'k4/0', 'k6/0']);
  expect(ids.slice(4)).toEqual([0, 2, 4, 6, 8, 10, 12, 14].map((i) => `c/${i}`));
});

test('where there are few, all', () => {
  expect(sampleOf([defect('a', 0)]).map(({ id }) => id)).toEqual(['a/0']);
});
