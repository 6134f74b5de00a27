import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

describe('places', () => {
  const hold = () => Promise.withResolvers<void>();
  it('are given to the group that has the fewest, and one group leaves some to the others', async () => {
    const slots = createSlots(8);
    const ends = hold();
    const began: string[] = [];
    const begin = (group: string, doubtful = false) =>
      void slots.run({ group, doubtful }, async () => {
        began.push(group);
        await ends.promise;
      });
    begin('b');
    for (let i = 0; i < 20; i += 1) begin('a');
    await new Promise(setImmediate);
    expect([began.filter((name) => name === 'a').length, slots.running]).toEqual([6, 7]);
    begin('c');
    await new Promise(setImmediate);
    expect(began.at(-1)).toBe('c');
    ends.resolve();
    await new Promise(setImmediate);
    expect([began.length, slots.running, slots.waiting]).toEqual([22, 0, 0]);
  });
  it('are few for what failed last time, but a group that has none gets one', async () => {
    const slots = createSlots(16);
    const began: string[] = [];
    const begin = (group: string, doubtful: boolean) =>
      void slots.run({ group, doubtful }, async () => {
        began.push(group);
        await hold().promise;
      });
    begin('well', false);
    for (const group of ['x', 'y', 'z']) for (let i = 0; i < 50; i += 1) begin(group, true);
    expect(slots.running).toBe(13);
    begin('new', true);
    begin('well', false);
    await new Promise(setImmediate);
    expect(began.slice(-2)).toEqual(['new', 'well']);
  });
  it('are all taken where there is one group alone, but for doubtful work', async () => {
    const slots = createSlots(4);
    for (let i = 0; i < 9; i += 1)
      void slots.run({ group: 'a', doubtful: true }, () => hold().promise);
    expect(slots.running).toBe(3);
    void slots.run({ group: 'a', doubtful: false }, () => hold().promise);
    expect(slots.running).toBe(4);
  });
  it('go on when work fails', async () => {
    const slots = createSlots(1);
    const fail = slots.run({ group: 'a', doubtful: false }, () => Promise.reject(new Error('x')));
    const next = slots.run({ group: 'a', doubtful: false }, async () => 'done');
    await expect(fail).rejects.toThrow('x');
    expect(await next).toBe('done');
  });
});
