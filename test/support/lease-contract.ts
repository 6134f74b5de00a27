import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import type { LeaseStore, SessionFacts } from '../../src/coordination/lease-store.ts';
import type { StateBackend } from '../../src/coordination/state-backend.ts';
import { until } from './leaks.ts';
import type { StatePlaces } from './state-contract.ts';

/** What every store of leases promises, asked of two replicas that share one. */
type Store = StateBackend & LeaseStore;
export const facts = (load = 0): SessionFacts => ({ scope: 'all', load, name: 'pod', stops: {} });

export const leaseContract = (name: string, start: () => Promise<StatePlaces<Store>>) =>
  describe(`leases ${name}`, () => {
    let places: StatePlaces<Store>;
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      places = await start();
      [a, b] = [await places.open(), await places.open()];
    });
    afterAll(async () => {
      await Promise.all([a.close(), b.close()]);
      await places.stop();
    });

    it('a shard is one session’s until it is released or the session is over', async () => {
      await a.open('one', facts());
      await b.open('two', facts());
      await expect(a.open('one', facts())).rejects.toMatchObject({ code: 'coordination_failed' });
      expect(await a.claim('one', 1, [1, 2, 3])).toEqual([1, 2, 3]);
      expect(await b.claim('two', 1, [3, 4])).toEqual([4]);
      expect(await a.claim('one', 2, [1])).toEqual([1]);
      expect(await a.renew('one', 3, facts(2.5))).toMatchObject({ mine: [1, 2, 3] });
      const survey = await b.survey();
      expect([...survey.owners].sort(([x], [y]) => x - y)).toEqual([
        [1, 'one'],
        [2, 'one'],
        [3, 'one'],
        [4, 'two'],
      ]);
      expect(survey.sessions.find(({ id }) => id === 'one')?.facts.load).toBe(2.5);
      const version = await b.poll();
      await a.release('one', 4, [3, 4]);
      expect(await b.poll()).not.toBe(version);
      expect(await b.claim('two', 2, [3])).toEqual([3]);
      await a.end('one', 5);
      expect(await a.renew('one', 6, facts())).toBe('lost');
      expect(await a.claim('one', 7, [9])).toBe('lost');
      expect(await b.claim('two', 3, [1, 2])).toEqual([1, 2]);
      await b.end('two', 4);
    });
    it('a command that comes late is refused', async () => {
      await a.open('late', facts());
      expect(await a.claim('late', 5, [20])).toEqual([20]);
      await expect(a.release('late', 4, [20])).rejects.toMatchObject({
        code: 'coordination_failed',
      });
      expect((await a.survey()).owners.get(20)).toBe('late');
      await a.end('late', 6);
    });
    it('sessions that watch something else are refused, with the reason', async () => {
      await a.open('here', facts());
      await expect(b.open('there', { ...facts(), scope: 'shop' })).rejects.toThrow(
        /watch "all", this one "shop"/,
      );
      await a.end('here', 1);
      await b.open('there', { ...facts(), scope: 'shop' });
      await b.end('there', 1);
    });
    it('sessions of one install may watch something else: it is being upgraded', async () => {
      const of = (scope: string, install?: string) => ({
        ...facts(),
        scope,
        ...(install ? { install } : {}),
      });
      await a.open('old', of('all', 'sys/dbintel'));
      await b.open('new', of('shop', 'sys/dbintel'));
      expect(await b.renew('new', 1, of('shop', 'sys/dbintel'))).toMatchObject({ mine: [] });
      for (const install of ['sys/other', undefined])
        await expect(b.open('stranger', of('shop', install))).rejects.toThrow(
          /watch "all", this one "shop"/,
        );
      await a.end('old', 1);
      await b.open('stranger', of('shop', 'sys/other'));
      for (const id of ['new', 'stranger']) await b.end(id, 2);
    });
    it('sessions of another cluster are refused, with the reason; those that cannot be compared are not', async () => {
      const of = (cluster?: string) => ({ ...facts(), ...(cluster ? { cluster } : {}) });
      await a.open('blue', of('kube-system:1'));
      await expect(b.open('green', of('kube-system:2'))).rejects.toThrow(
        /another cluster \(kube-system:1\).* this one is of kube-system:2/,
      );
      await b.open('same', of('kube-system:1'));
      await b.open('older', of());
      await b.open('otherwise', of('crd:3'));
      for (const id of ['same', 'older', 'otherwise']) await b.end(id, 1);
      await a.end('blue', 1);
      await b.open('green', of('kube-system:2'));
      await b.end('green', 1);
    });
    it('a turn is one holder’s; who asked meanwhile is next', async () => {
      const take = (store: Store, name: string) => store.takeTurn('server', name, 60_000);
      expect([
        await take(a, 'one'),
        await take(a, 'one'),
        await take(b, 'two'),
        await take(a, 'three'),
      ]).toEqual([undefined, undefined, 'one', 'one']);
      await b.endTurn('server', 'two'); // not its own
      expect(await take(b, 'two')).toBe('one');
      await a.endTurn('server', 'one');
      expect([await take(a, 'one'), await take(a, 'three'), await take(b, 'two')]).toEqual([
        'two',
        'two',
        undefined,
      ]);
      await b.endTurn('server', 'two');
      expect([
        await take(a, 'three'),
        await take(a, 'one'),
        await a.takeTurn('brief', 'one', 20),
      ]).toEqual([undefined, 'three', undefined]);
      await until(
        async () => (await b.takeTurn('brief', 'two', 60_000)) === undefined,
        15_000,
        'a turn that nobody ended runs out',
      );
    });
    it('who is named in a release is told', async () => {
      await a.open('giver', facts());
      await b.open('taker', facts());
      await a.claim('giver', 1, [7]);
      const told = Promise.withResolvers<void>();
      // A memory store has one listener per session; Redis needs a moment to subscribe.
      b.onHint('taker', told.resolve);
      for (let sequence = 2; sequence < 40; sequence += 1) {
        await a.release('giver', sequence, [7], 'taker');
        if (
          await Promise.race([
            told.promise.then(() => true),
            systemClock.sleep(50).then(() => false),
          ])
        )
          break;
      }
      await told.promise;
      await a.end('giver', 100);
      await b.end('taker', 100);
    });
  });
