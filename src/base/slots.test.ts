import { describe, expect, it } from 'vitest';
import { createSlots, type Doubt } from './slots.ts';

describe('places', () => {
  const hold = () => Promise.withResolvers<void>();
  it('are given to the group that has the fewest, and one group leaves some to the others', async () => {
    const slots = createSlots(8);
    const ends = hold();
    const began: string[] = [];
    const begin = (group: string) =>
      void slots.run({ group, doubt: undefined }, async () => {
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
    const begin = (group: string, doubt?: Doubt) =>
      void slots.run({ group, doubt }, async () => {
        began.push(group);
        await hold().promise;
      });
    begin('well');
    for (const group of ['x', 'y', 'z']) for (let i = 0; i < 50; i += 1) begin(group, 'failed');
    expect(slots.running).toBe(13);
    begin('new', 'untried');
    begin('well');
    await new Promise(setImmediate);
    expect(began.slice(-2)).toEqual(['new', 'well']);
  });
  it('are all taken where there is one group alone, but for doubtful work', async () => {
    const slots = createSlots(4);
    for (let i = 0; i < 9; i += 1)
      void slots.run({ group: 'a', doubt: 'failed' }, () => hold().promise);
    expect(slots.running).toBe(3);
    void slots.run({ group: 'a', doubt: undefined }, () => hold().promise);
    expect(slots.running).toBe(4);
  });
  it('go to what was never done before what failed, in a group', async () => {
    const slots = createSlots(16);
    const ends = Array.from({ length: 300 }, hold);
    const began: (number | string)[] = [];
    const begin = (group: string, name: number | string, doubt?: Doubt) =>
      void slots.run({ group, doubt }, async () => {
        began.push(name);
        await ends[began.length - 1]?.promise;
      });
    begin('other', 'other');
    for (let i = 0; i < 250; i += 1) begin('a', i, 'failed');
    begin('a', 'new', 'untried');
    await new Promise(setImmediate);
    expect(began).toEqual(['other', 0, 1, 2, 3]);
    ends[1]?.resolve();
    await new Promise(setImmediate);
    expect(began.at(-1)).toBe('new');
    for (const each of ends) each.resolve();
    await new Promise(setImmediate);
    expect([began.length, began.at(-1), slots.running, slots.waiting]).toEqual([252, 249, 0, 0]);
  });
  it('go on when work fails', async () => {
    const slots = createSlots(1);
    const fail = slots.run({ group: 'a', doubt: undefined }, () => Promise.reject(new Error('x')));
    const next = slots.run({ group: 'a', doubt: undefined }, async () => 'done');
    await expect(fail).rejects.toThrow('x');
    expect(await next).toBe('done');
  });
});
