import { expect, it } from 'vitest';
import { type Condition, removeCondition, setCondition } from './conditions.ts';

const [one, two] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
const ready = (status: 'True' | 'False', reason: string) => ({ status, reason, message: '' });

it('the time of a transition moves when the status does, and not with the reason', () => {
  const first = setCondition([], 'Ready', ready('True', 'Collecting'), one);
  const same = setCondition(first, 'Ready', ready('True', 'Other'), two);
  expect(same).toEqual([
    { type: 'Ready', ...ready('True', 'Other'), lastTransitionTime: '2026-01-01T00:00:00.000Z' },
  ]);
  const changed = setCondition(same, 'Ready', ready('False', 'CircuitOpen'), two);
  expect(changed[0]?.lastTransitionTime).toBe('2026-01-02T00:00:00.000Z');
});

it('conditions keep their places; one that is over goes', () => {
  const both = setCondition(
    setCondition([], 'Reconciling', ready('True', 'Starting'), one),
    'Ready',
    ready('True', 'Collecting'),
    one,
  );
  const types = (conditions: Condition[]) => conditions.map(({ type }) => type);
  expect(types(setCondition(both, 'Reconciling', ready('False', 'x'), two))).toEqual([
    'Reconciling',
    'Ready',
  ]);
  expect(types(removeCondition(both, 'Reconciling'))).toEqual(['Ready']);
});

it('those of others go where one of ours does not fit in', () => {
  const others = Array.from({ length: 12 }, (_, i) => ({
    type: `Other${i}`,
    status: 'True' as const,
    reason: 'X',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  const verdict = { status: 'True', reason: 'X', message: '' } as const;
  const both = setCondition(setCondition(others, 'Ready', verdict, 0), 'Stalled', verdict, 0);
  expect(both.map(({ type }) => type).slice(8)).toEqual(['Other8', 'Other9', 'Ready', 'Stalled']);
});
