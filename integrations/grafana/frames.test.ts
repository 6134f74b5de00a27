import { expect, it } from 'vitest';
import { plansOf } from './frames.ts';

const packed = (mark: string) => `v1.${mark.repeat(20)}`;
const time = (...values: number[]) => ({ name: 'Time', type: 'time', values });

it('finds plans in the structured metadata of Loki', () => {
  const labels = [
    { db_query_plan_packed: packed('a'), db_query_summary: 'SELECT orders' },
    { level: 'info' },
  ];
  expect(
    plansOf([
      {
        fields: [
          { name: 'labels', type: 'other', values: labels },
          time(5, 9),
          { name: 'Line', type: 'string', values: ['plan', 'other'] },
        ],
      },
    ]),
  ).toEqual([{ packed: packed('a'), at: 5, title: 'SELECT orders' }]);
});
it('finds them in a line, and in a field that is named', () => {
  const fields = [
    time(1),
    { name: 'Line', type: 'string', values: [`x ${packed('b')}`] },
    { name: 'plan', type: 'string', values: [packed('c')] },
  ];
  expect(plansOf([{ fields }])[0]?.packed).toBe(packed('b'));
  expect(plansOf([{ fields }], 'plan')[0]?.packed).toBe(packed('c'));
  expect(plansOf([{ fields }], 'nothing')).toEqual([]);
  expect(plansOf([])).toEqual([]);
});
