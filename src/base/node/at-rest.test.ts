import { expect, it } from 'vitest';
import { senseRest } from './at-rest.ts';

/** What it says after each of the given times of work, a tick of 50 ms each. */
function sensed(ticks: readonly number[], tick_ms = 50, asked = senseRest({ idle: 0, active: 0 })) {
  let [idle, active] = [0, 0];
  return ticks.map((work) => {
    active += work;
    idle += tick_ms - work;
    return asked({ idle, active });
  });
}
const each = <T>(count: number, value: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => value(i));

it('is at rest after two seconds with next to nothing to do, not before', () => {
  const said = sensed(each(41, () => 0.2));
  expect(said.slice(0, 39)).not.toContain(true);
  expect(said.at(-1)).toBe(true);
});

it('stays at rest where one tick of each second has all of its work', () => {
  const said = sensed(each(200, (i) => (i % 20 === 0 ? 8 : 0.1)));
  expect(said.slice(40)).not.toContain(false);
});

it('is not at rest with a little to do all the time', () => {
  expect(sensed(each(400, () => 4))).not.toContain(true);
});

it('is awake at the first tick in which it had much to do', () => {
  const said = sensed([...each(60, () => 0), 200, ...each(10, () => 1)]);
  expect(said.slice(41, 60)).not.toContain(false);
  expect(said[60]).toBe(false);
});

it('judges ticks of a second in the same way', () => {
  expect(
    sensed(
      each(10, () => 8),
      1_000,
    ).slice(2),
  ).not.toContain(false);
  expect(
    sensed(
      each(10, () => 80),
      1_000,
    ),
  ).not.toContain(true);
});
