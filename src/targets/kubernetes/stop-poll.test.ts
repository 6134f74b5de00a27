import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { kubeError } from '../../kubernetes/kube-error.ts';
import { startStopPoll } from './stop-poll.ts';

/**
 * How often a slow API server is asked in a minute, by what, when it knows so many objects of each
 * kind.
 */
async function askForAMinute(counts: { stops: number; targets: number }, answersIn_ms: number) {
  const clock = createFakeClock();
  const asked = new Map<string, number>();
  const polled = (what: keyof typeof counts) => ({
    async poll() {
      asked.set(what, (asked.get(what) ?? 0) + 1);
      await clock.sleep(answersIn_ms);
      return counts[what];
    },
  });
  const poll = startStopPoll({
    clock,
    logger: silentLogger,
    stops: polled('stops'),
    targets: polled('targets'),
  });
  await clock.advance(60_000);
  const ended = poll.stop();
  await clock.advance(2_000);
  await ended;
  return asked;
}

it('a slow API server is asked for stops as often as a quick one: they are few', async () => {
  for (const answersIn_ms of [5, 900]) {
    const asked = await askForAMinute({ stops: 3, targets: 50 }, answersIn_ms);
    for (const path of ['stops', 'targets']) expect(asked.get(path)).toBeGreaterThanOrEqual(58);
  }
});

it('a right that is missing is warned of, since a stop may not be seen; no answer is told', async () => {
  for (const [status, level] of [
    [403, 'warn'],
    [0, 'info'],
  ] as const) {
    const clock = createFakeClock();
    const told: string[] = [];
    const logger = {
      ...silentLogger,
      warn: () => void told.push('warn'),
      info: () => void told.push('info'),
    };
    const refused = {
      poll: () => Promise.reject(kubeError('GET …', status, { message: 'forbidden' })),
    };
    const polled = { poll: async () => 0 };
    const poll = startStopPoll({ clock, logger, stops: refused, targets: polled });
    await clock.advance(10_000);
    const ended = poll.stop();
    await clock.advance(2_000);
    await ended;
    expect(told).toEqual([level]);
  }
});

it('thousands of suspended targets are asked for less often, and stops as before', async () => {
  const asked = await askForAMinute({ stops: 1, targets: 5_000 }, 900);
  expect(asked.get('targets')).toBeLessThanOrEqual(7);
  expect(asked.get('stops')).toBeGreaterThanOrEqual(58);
});
