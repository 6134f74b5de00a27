import { expect, it } from 'vitest';
import { emergencyStopStatus } from '../../resources/kinds/emergency-stop/status.ts';
import { stopStatus, stopStatusKey } from './stop-status.ts';

const stop = {
  uid: 'u',
  name: 'a',
  generation: 2,
  createdAt: 0,
  spec: { scope: { all: true as const }, reason: 'r' },
};
const session = (name: string, inFlight?: number) => ({
  facts: { scope: 'all', load: 0, name, stops: inFlight === undefined ? {} : { a: inFlight } },
});
const status = (sessions: ReturnType<typeof session>[], covered = 3, now = 1_700_000_000_000) =>
  stopStatus(stop, { sessions, covered, now });

it('is in force when every replica has acknowledged it and nothing that it covers runs', () => {
  const stopping = status([session('one', 2), session('two')]);
  expect(stopping).toMatchObject({ acknowledged: '1/2', inFlight: 2 });
  expect(stopping.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Stopping' });
  expect(stopping).not.toHaveProperty('since');
  const done = status([session('one', 0), session('two', 0)]);
  expect(done.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Acknowledged' });
  expect(done.since).toBe('2023-11-14T22:13:20.000Z');
});

it('one that covers nothing does not look like one that is in force', () => {
  const done = status([session('one', 0)], 0);
  expect(done.conditions?.[0]).toMatchObject({ status: 'True', reason: 'CoversNothing' });
  expect(done.summary).toContain('no target that there is matches spec.scope');
});

it('fits its schema with a thousand replicas', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => session(`replica-${i}`, 0));
  expect(emergencyStopStatus.safeParse(status(many)).success).toBe(true);
});

it('time alone is no news', () => {
  const [now, later] = [status([session('one', 0)]), status([session('one', 0)], 3, 1_800_000_000)];
  expect(stopStatusKey(later)).toBe(stopStatusKey(now));
  expect(stopStatusKey(status([session('one', 1)]))).not.toBe(stopStatusKey(now));
  expect(stopStatusKey(status([session('one', 0)], 0))).not.toBe(stopStatusKey(now));
});
