import { expect, it } from 'vitest';
import { executorFleet, type FleetOptions } from '../../test/support/executor-fleet.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import fc from '../../test/support/property.ts';
import { startExecutorLoop } from './loop.ts';
import { mostChanges } from './turns.ts';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const begin = (options: Omit<FleetOptions, 'clock'>) => {
  const clock = createFakeClock();
  const fleet = executorFleet({ clock, ...options });
  return { clock, fleet, loop: startExecutorLoop(fleet.ports) };
};
const phases = ({ fleet }: ReturnType<typeof begin>, ...of: number[]) =>
  of.map((n) => fleet.state(n).phase);

it('a build of hours on one server keeps no other waiting, and is no standstill', async () => {
  const world = begin({
    servers: ['a', 'a', 'b', 'c'],
    statement_ms: (n) => (n === 0 ? 90 * minute : second),
  });
  await world.clock.advance(2 * minute);
  expect(phases(world, 0, 1, 2, 3)).toEqual(['Applying', 'Approved', 'Observing', 'Observing']);
  expect(world.fleet.busy()).toEqual(['a']);
  for (let i = 0; i < 4; i += 1) {
    await world.clock.advance(20 * minute);
    expect(world.loop.age_ms).toBeLessThan(minute);
    expect(world.loop.busy).toBe(true);
  }
  await world.clock.advance(20 * minute);
  expect(phases(world, 0, 1, 2, 3)).toEqual(Array(4).fill('Observing'));
  expect(world.fleet.wrong).toEqual([]);
  await world.loop.stop();
});

it('what harms is taken back while as many as may be are building elsewhere', async () => {
  const servers = [...Array(mostChanges + 3).keys()].map(String);
  const world = begin({ servers, statement_ms: (n) => (n < 2 ? second : 5 * hour) });
  await world.clock.advance(2 * minute);
  expect(world.fleet.busy().length).toBe(mostChanges);
  expect(phases(world, 0, 1)).toEqual(['Observing', 'Observing']);
  world.fleet.verdict.set(0, { kind: 'regression', reason: 'regression' });
  world.fleet.change(1, { approval: undefined });
  await world.clock.advance(11 * minute);
  expect(phases(world, 0, 1)).toEqual(['RolledBack', 'RolledBack']);
  await world.loop.stop();
});

it('who changes their mind is heard while another is built on the server', async () => {
  const world = begin({ servers: ['a', 'a', 'a'], statement_ms: () => 5 * hour });
  await world.clock.advance(minute);
  expect(phases(world, 0, 1, 2)).toEqual(['Applying', 'Approved', 'Approved']);
  world.fleet.change(1, { approval: undefined });
  await world.clock.advance(minute);
  expect(phases(world, 0, 1, 2)).toEqual(['Applying', 'Withdrawn', 'Approved']);
  await world.loop.stop();
});

it('what harms is taken back beside a build on its server, but not on its table', async () => {
  const world = begin({
    servers: ['a', 'a', 'a'],
    table: (n) => (n === 1 ? 'other' : 't'),
    statement_ms: (n) => (n === 2 ? 20 * minute : second),
  });
  await world.clock.advance(2 * minute);
  expect(phases(world, 0, 1, 2)).toEqual(['Observing', 'Observing', 'Applying']);
  for (const n of [0, 1]) world.fleet.change(n, { approval: undefined });
  await world.clock.advance(5 * minute);
  expect(phases(world, 0, 1, 2)).toEqual(['Observing', 'RolledBack', 'Applying']);
  await world.clock.advance(20 * minute);
  expect(phases(world, 0, 1, 2)).toEqual(['RolledBack', 'RolledBack', 'Observing']);
  expect(world.fleet.wrong).toEqual([]);
  await world.loop.stop();
});

it('one that is deleted as it begins is not begun', async () => {
  const world = begin({ servers: ['a'], statement_ms: () => second });
  const { store } = world.fleet.ports;
  const { write } = store;
  store.write = async (each, state) => {
    const written = await write(each, state);
    if (state.phase === 'Applying') world.fleet.change(0, { deleted: true });
    return written;
  };
  await world.clock.advance(5 * minute);
  expect(world.fleet.left()).toEqual([]);
  expect(world.fleet.commands).toEqual([]);
  expect(world.fleet.wrong).toEqual([]);
  await world.loop.stop();
});

it('a store that does not answer keeps no stop from ending a build', async () => {
  const world = begin({ servers: ['a'], statement_ms: () => 5 * hour });
  await world.clock.advance(minute);
  expect(phases(world, 0)).toEqual(['Applying']);
  world.fleet.ports.store.read = () => new Promise(() => undefined);
  await world.clock.advance(10 * minute);
  world.fleet.gate.set(0, { kind: 'closed', reason: 'emergency_stop', stop: true });
  await world.clock.advance(3 * second);
  expect(world.fleet.busy()).toEqual([]);
  expect(world.fleet.state(0).reason).toBe('emergency_stop');
  await world.loop.stop();
});

it('whether one is deleted is asked of itself alone', async () => {
  const world = begin({ servers: ['a'], statement_ms: () => 5 * hour });
  await world.clock.advance(minute);
  const { store } = world.fleet.ports;
  const { read } = store;
  store.read = (each, how) =>
    how?.alone ? read(each, how) : Promise.reject(new Error('who approved it is asked'));
  world.fleet.change(0, { deleted: true });
  await world.clock.advance(10 * second);
  expect(world.fleet.busy()).toEqual([]);
  await world.loop.stop();
});

it('recommendations that do not come are no work, however long a build takes', async () => {
  let list_ms = 0;
  const world = begin({ servers: ['a'], statement_ms: () => 5 * hour, list_ms: () => list_ms });
  await world.clock.advance(minute);
  list_ms = 100 * hour;
  await world.clock.advance(20 * minute);
  expect(world.loop.age_ms).toBeGreaterThan(10 * minute);
  expect(world.loop.busy).toBe(false);
  expect(phases(world, 0)).toEqual(['Applying']);
  await world.loop.stop();
});

it('who has waited too long for a turn is read again before anything is begun', async () => {
  let list_ms = 0;
  const world = begin({
    servers: ['a', 'a'],
    statement_ms: () => 5 * minute,
    list_ms: () => list_ms,
  });
  await world.clock.advance(30 * second);
  expect(phases(world, 0, 1)).toEqual(['Applying', 'Approved']);
  list_ms = hour;
  await world.clock.advance(20 * minute);
  expect(phases(world, 0, 1)).toEqual(['Observing', 'Approved']);
  await world.clock.advance(42 * minute);
  expect(phases(world, 0, 1)).toEqual(['Observing', 'Applying']);
  await world.loop.stop();
});

it('whatever takes how long: one on a server, none starved, none from what is old', async () => {
  const some = fc.record({
    servers: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), {
      minLength: 1,
      maxLength: 12,
    }),
    durations: fc.array(fc.integer({ min: 0, max: 2 * minute }), { minLength: 1, maxLength: 8 }),
    lists: fc.array(fc.integer({ min: 0, max: 30 * second }), { minLength: 1, maxLength: 5 }),
    worse: fc.array(fc.nat(11), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(some, async ({ servers, durations, lists, worse }) => {
      let nth = 0;
      const { clock, fleet, loop } = begin({
        servers,
        statement_ms: (n) => durations[n % durations.length] ?? 0,
        list_ms: () => lists[nth++ % lists.length] ?? 0,
      });
      for (const n of worse) fleet.verdict.set(n, { kind: 'regression', reason: 'regression' });
      await clock.advance(90 * minute);
      const wanted = servers.map((_, n) => (worse.includes(n) ? 'RolledBack' : 'Observing'));
      expect(servers.map((_, n) => fleet.state(n).phase)).toEqual(wanted);
      expect(fleet.wrong).toEqual([]);
      // Each that is in force is still looked at, about every ten minutes.
      const before = [...fleet.visits];
      await clock.advance(hour);
      for (const [n, phase] of wanted.entries())
        if (phase === 'Observing') expect(fleet.visits[n]).toBeGreaterThan((before[n] ?? 0) + 3);
      await loop.stop();
      expect(fleet.busy()).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

it('after its end nothing is begun, and nothing is left', async () => {
  const world = begin({ servers: ['a', 'a', 'b', 'c'], statement_ms: () => minute });
  await world.clock.advance(30 * second);
  let over = false;
  const stopped = world.loop.stop().then(() => {
    over = true;
  });
  await world.clock.advance(2 * minute);
  await stopped;
  expect(over).toBe(true);
  expect(world.fleet.busy()).toEqual([]);
  const visits = [...world.fleet.visits];
  await world.clock.advance(hour);
  expect(world.fleet.visits).toEqual(visits);
});
