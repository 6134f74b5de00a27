import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createOpenConnections } from './open-connections.ts';

function connection() {
  const log: string[] = [];
  return { log, end: async () => void log.push('ended'), destroy: () => void log.push('cut') };
}
const asIs = async () => undefined;

it(
  'one that cannot be given its limits is cut at once and forgotten; the others end with the ' +
    'cycle',
  async () => {
    const [control, bad, good] = [connection(), connection(), connection()];
    const open = createOpenConnections(control, createFakeClock(), new AbortController().signal);
    await expect(open.add(bad, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await open.add(good, asIs)).toBe(good);
    expect([control.log, bad.log, good.log]).toEqual([[], ['cut'], []]);
    await open.close();
    expect([control.log, bad.log, good.log]).toEqual([['ended'], ['cut'], ['ended']]);
  },
);

it(
  'after a stop the watchdog has a moment to end what runs; then all are cut, also where nobody ' +
    'closes them',
  async () => {
    const [control, worker, clock, stop] = [
      connection(),
      connection(),
      createFakeClock(),
      new AbortController(),
    ];
    const open = createOpenConnections(control, clock, stop.signal);
    await open.add(worker, asIs);
    stop.abort();
    await clock.advance(1_000);
    expect([control.log, worker.log]).toEqual([[], []]);
    await clock.advance(1_000);
    expect([control.log, worker.log]).toEqual([['cut'], ['cut']]);
  },
);
