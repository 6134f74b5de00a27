import { expect, it } from 'vitest';
import { createTurnTable, nextFor_ms } from './turns.ts';

it('who asked meanwhile is next, not who has just had it', () => {
  const turns = createTurnTable();
  expect(turns.take('x', 'a', 1_000, 0)).toBeUndefined();
  expect(turns.take('x', 'b', 1_000, 1)).toBe('a');
  turns.end('x', 'a');
  expect(turns.take('x', 'a', 1_000, 2)).toBe('b');
  expect(turns.take('x', 'b', 1_000, 3)).toBeUndefined();
});
it('who does not come back loses its place, and a turn ends by itself', () => {
  const turns = createTurnTable();
  turns.take('x', 'a', 100, 0);
  turns.take('x', 'b', 100, 1);
  expect(turns.take('x', 'c', 100, 1 + nextFor_ms)).toBeUndefined();
  expect(turns.take('y', 'c', 100, 0)).toBeUndefined();
});
