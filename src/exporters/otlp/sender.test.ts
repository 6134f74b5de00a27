import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { seededRandom } from '../../base/random.ts';
import type { Answer } from './post.ts';
import { createSender } from './sender.ts';

/** A receiver that answers as told, and what came of it. */
function sendTo(answer: (items: number[], attempt: number) => Answer) {
  const clock = createFakeClock();
  const [posts, lost]: [number[][], Record<string, number>] = [[], {}];
  let sent = 0;
  const sender = createSender<number>({
    signal: 'logs',
    serialize: (items) => Uint8Array.from(items),
    async post(body) {
      posts.push([...body]);
      return answer([...body], posts.length);
    },
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    dropped: {
      inc: ({ why = '' } = {}, by = 1) => void (lost[why] = (lost[why] ?? 0) + by),
      remove: () => undefined,
    },
    sent: { inc: (_, by = 1) => void (sent += by), remove: () => undefined },
  });
  return { sender, clock, posts, lost, sent: () => sent };
}
const taken: Answer = { kind: 'taken', rejected: 0 };

describe('a sender', () => {
  it('lets what comes together go together', async () => {
    const { sender, clock, posts, sent } = sendTo(() => taken);
    await clock.advance(0);
    for (const item of [1, 2, 3]) sender.add(item, 10);
    await clock.advance(999);
    expect(posts).toEqual([]);
    await clock.advance(1);
    expect([posts, sent()]).toEqual([[[1, 2, 3]], 3]);
    await sender.close();
  });
  it('loses only the record that is refused', async () => {
    const { sender, clock, lost, sent } = sendTo((items) =>
      items.includes(3) ? { kind: 'refused', why: 'HTTP 400' } : taken,
    );
    for (const item of [1, 2, 3, 4, 5]) sender.add(item, 10);
    await clock.advance(2_000);
    expect([lost, sent()]).toEqual([{ refused: 1 }, 4]);
    await sender.close();
  });
  it('asks one that refuses all of them once a batch', async () => {
    const { sender, clock, posts, lost } = sendTo(() => ({ kind: 'refused', why: 'HTTP 401' }));
    for (let item = 0; item < 2_000; item += 1) sender.add(item % 250, 10);
    await clock.advance(2_000);
    expect(lost).toEqual({ refused: 2_000 });
    expect(posts.length).toBeLessThan(50);
    await sender.close();
  });
  it('waits as long as it is told, and gives up in the end', async () => {
    const { sender, clock, posts, lost } = sendTo(() => ({
      kind: 'later',
      why: 'HTTP 503',
      retryAfter_ms: 20_000,
    }));
    sender.add(1, 10);
    await clock.advance(21_000);
    expect(posts).toHaveLength(2);
    await clock.advance(600_000);
    expect([posts.length, lost]).toEqual([15, { gave_up: 1 }]);
    await sender.close();
  });
  it('counts what a receiver took in part', async () => {
    const { sender, clock, lost, sent } = sendTo(() => ({ kind: 'taken', rejected: 2 }));
    for (const item of [1, 2, 3]) sender.add(item, 10);
    await clock.advance(2_000);
    expect([lost, sent()]).toEqual([{ rejected: 2 }, 1]);
    await sender.close();
  });
  it('goes on where the receiver counts in another unit, or below nothing', async () => {
    for (const rejected of [24, -3]) {
      const { sender, clock, sent, lost } = sendTo(() => ({ kind: 'taken', rejected }));
      sender.add(1, 10);
      await clock.advance(2_000);
      sender.add(2, 10);
      await clock.advance(2_000);
      expect(sent() + (lost['rejected'] ?? 0)).toBe(2);
      expect(sent()).toBe(rejected < 0 ? 2 : 0);
      await sender.close();
    }
  });
  it('sends at once when somebody waits for it, who waits no longer than his deadline', async () => {
    const quick = sendTo(() => taken);
    await quick.clock.advance(0);
    quick.sender.add(1, 10);
    await quick.sender.flush(5_000);
    expect(quick.sent()).toBe(1);
    const never = sendTo(() => ({ kind: 'later', why: 'no connection', retryAfter_ms: 60_000 }));
    for (const item of [1, 2]) never.sender.add(item, 2 ** 20);
    await never.clock.advance(1_000);
    const flushed = never.sender.flush(5_000);
    await never.clock.advance(5_000);
    await flushed;
    await never.sender.close();
    expect(never.lost).toEqual({ closed: 2 });
  });
  it('tries once more what it was told to send later, where somebody waits for it', async () => {
    const later: Answer = { kind: 'later', why: 'HTTP 503', retryAfter_ms: 30_000 };
    const { sender, clock, posts, lost, sent } = sendTo((_, attempt) =>
      attempt === 1 ? later : taken,
    );
    for (const item of [1, 2, 3]) sender.add(item, 10);
    await clock.advance(2_000);
    const flushed = sender.flush(4_000);
    await clock.advance(4_000);
    await flushed;
    await sender.close();
    expect([posts.length, sent(), lost]).toEqual([2, 3, {}]);
  });
});
