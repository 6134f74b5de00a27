import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EpochSource,
  type StateBackend,
  stateLimit,
} from '../../src/coordination/state-backend.ts';
import { until } from './leaks.ts';

/** What every state backend promises, asked of two that share one. */
export interface StatePlaces<T extends StateBackend = StateBackend> {
  /** Another look at the same state: a process, a connection. */
  open(): Promise<T>;
  stop(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (saved: { state: Uint8Array } | undefined) =>
  saved && new TextDecoder().decode(saved.state);

/** Shared by processes: turns and marks hold between them, and not only within one. */
export type Reach = 'processes' | 'process';

export const stateContract = (name: string, reach: Reach, start: () => Promise<StatePlaces>) =>
  describe(`state ${name}`, () => {
    let places: StatePlaces;
    let a: StateBackend;
    let b: StateBackend;
    /** Who is asked for marks and turns by another holder. */
    let peer: StateBackend;
    beforeAll(async () => {
      places = await start();
      [a, b] = [await places.open(), await places.open()];
      peer = reach === 'processes' ? b : a;
    });
    afterAll(async () => {
      await Promise.all([a.close(), b.close()]);
      await places.stop();
    });

    it('a former owner’s state is refused, and bytes come back as they were', async () => {
      expect(await a.loadTarget('t')).toBeUndefined();
      expect(await a.saveTarget('t', 2, bytes('two'))).toBe(true);
      expect(await b.saveTarget('t', 1, bytes('late'))).toBe(false);
      const loaded = await b.loadTarget('t');
      expect([loaded?.epoch, textOf(loaded)]).toEqual([2, 'two']);
      expect(await b.saveTarget('t', 3, new Uint8Array([0, 255, 10, 13]))).toBe(true);
      expect([...((await a.loadTarget('t'))?.state ?? [])]).toEqual([0, 255, 10, 13]);
    });
    it('the same owner may save again; what was deleted is gone', async () => {
      expect(await a.saveTarget('again', 4, bytes('one'))).toBe(true);
      expect(await a.saveTarget('again', 4, bytes('two'))).toBe(true);
      expect(textOf(await b.loadTarget('again'))).toBe('two');
      await a.deleteTarget('again');
      expect(await b.loadTarget('again')).toBeUndefined();
    });
    it('is bounded', async () => {
      await expect(a.saveTarget('big', 4, new Uint8Array(stateLimit + 1))).rejects.toMatchObject({
        code: 'internal',
      });
      expect(await a.saveTarget('big', 4, new Uint8Array(stateLimit))).toBe(true);
    });
    it('a marked name is one holder’s, for a while, or until the other is known to be gone', async () => {
      expect([
        await a.mark('s', 'one', 60_000),
        await peer.mark('s', 'two', 60_000),
        await a.mark('s', 'one', 60_000),
      ]).toEqual([undefined, 'one', undefined]);
      expect([
        await peer.mark('s', 'two', 60_000, 'three'),
        await peer.mark('s', 'two', 60_000, 'one'),
        await a.mark('s', 'one', 60_000),
      ]).toEqual(['one', undefined, 'two']);
      await a.mark('short', 'one', 20);
      await until(
        async () => (await peer.mark('short', 'two', 60_000)) === undefined,
        15_000,
        'the mark runs out',
      );
    });
    it('a turn may be taken again by its holder, and ended by nobody else', async () => {
      expect([
        await a.takeTurn('again', 'one', 60_000),
        await a.takeTurn('again', 'one', 60_000),
      ]).toEqual([undefined, undefined]);
      await a.endTurn('again', 'two');
      expect(await a.takeTurn('again', 'one', 60_000)).toBeUndefined();
      await a.endTurn('again', 'one');
    });
    it('a flag reaches everyone within two seconds, and is told when asked', async () => {
      let seen: ReadonlyMap<string, unknown> = new Map();
      const unwatch = b.watch((flags) => {
        seen = flags;
      });
      await a.publish('stop/1', { reason: 'incident' });
      await until(async () => seen.has('stop/1'), 2_000, 'the flag arrives');
      expect((await b.flags()).get('stop/1')).toEqual({ reason: 'incident' });
      await a.publish('stop/1', undefined);
      await until(async () => !seen.has('stop/1'), 2_000, 'its removal arrives');
      unwatch();
      await a.publish('stop/2', { reason: 'again' });
      await until(async () => (await b.flags()).has('stop/2'), 2_000, 'the second one');
      expect(seen.has('stop/2')).toBe(false);
      await a.publish('stop/2', undefined);
    });
  });

/** What a backend promises besides that raises epochs itself and outlives its process. */
export const epochContract = (
  name: string,
  start: () => Promise<StatePlaces<StateBackend & EpochSource>>,
) =>
  describe(`epochs of state ${name}`, () => {
    let places: StatePlaces<StateBackend & EpochSource>;
    beforeAll(async () => {
      places = await start();
    });
    afterAll(() => places.stop());
    const within = async <T>(work: (state: StateBackend & EpochSource) => Promise<T>) => {
      const state = await places.open();
      try {
        return await work(state);
      } finally {
        await state.close();
      }
    };

    it('rise, and are remembered over a restart', async () => {
      const raise = (...targets: string[]) =>
        within(async (state) => {
          const raised: number[] = [];
          for (const target of targets) raised.push(await state.nextEpoch(target));
          return raised;
        });
      expect(await raise('a', 'a', 'b')).toEqual([1, 2, 1]);
      expect(await raise('a')).toEqual([3]);
    });
    it('fence: what was not raised, or raised since, or deleted is not saved', async () => {
      await within(async (state) => {
        expect(await state.saveTarget('x', 1, bytes('never raised'))).toBe(false);
        await state.nextEpoch('x');
        expect(await state.loadTarget('x')).toBeUndefined();
        expect(await state.saveTarget('x', 1, bytes('one'))).toBe(true);
        await state.nextEpoch('x');
        expect(await state.saveTarget('x', 1, bytes('late'))).toBe(false);
        await state.deleteTarget('x');
        expect(await state.saveTarget('x', 2, bytes('late'))).toBe(false);
      });
    });
    it('flags survive', async () => {
      await within((state) => state.publish('stop/1', { reason: 'incident' }));
      await within(async (state) => {
        expect([...(await state.flags())]).toEqual([['stop/1', { reason: 'incident' }]]);
      });
    });
  });
