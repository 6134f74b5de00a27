import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createPlaces } from './places.ts';

it('each has so many at once, until one closes', () => {
  const take = createPlaces(2);
  const [first, second] = [new EventEmitter(), new EventEmitter()];
  expect([take('maria', first), take('maria', second)]).toEqual([true, true]);
  const refused = new EventEmitter();
  expect([take('maria', refused), take('otto', new EventEmitter())]).toEqual([false, true]);
  refused.emit('close');
  expect(take('maria', new EventEmitter())).toBe(false);
  first.emit('close');
  first.emit('close');
  expect([take('maria', first), take('maria', first)]).toEqual([true, false]);
});
