import { describe, expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import type { RaiseResult } from '../targets/target-store.ts';
import { acquireTarget, isStillMine } from './acquire.ts';

const target = makeTarget({ port: 1 });
const me = { holder: 'me', pod: 'pod', shard: 7 };

/** The API server's status has this owner; the watch told of `seen`. */
function acquire(
  seen: { holder: string; epoch: number } | undefined,
  owner: { holder: string; epoch: number } | undefined,
  raise: RaiseResult = { kind: 'raised', status: { plans: 4 } },
  written?: number,
) {
  const raised: number[] = [];
  const store = {
    readStatus: async () => (owner ? { plans: 4, ownership: owner } : undefined),
    async raise(_: unknown, { epoch }: { epoch: number }) {
      raised.push(epoch);
      return raise;
    },
  };
  return { raised, acquired: acquireTarget(target, { store, seen, me, written }) };
}

describe('a target becomes ours', () => {
  it('by the next epoch, and what its former owner wrote comes along', async () => {
    const { raised, acquired } = acquire({ holder: 'other', epoch: 4 }, undefined);
    expect(await acquired).toEqual({
      ownership: { ...me, epoch: 5 },
      inherited: true,
      status: { plans: 4 },
    });
    expect(raised).toEqual([5]);
  });
  it('for the first time, with nothing inherited', async () => {
    const { acquired } = acquire(undefined, undefined);
    expect(await acquired).toMatchObject({ ownership: { epoch: 1 }, inherited: false });
  });
  it('is it already: nothing is raised', async () => {
    const mine = { holder: 'me', epoch: 3 };
    const { raised, acquired } = acquire(mine, mine);
    expect(await acquired).toMatchObject({ ownership: { epoch: 3 }, status: { plans: 4 } });
    expect(raised).toEqual([]);
  });
  it.each(['me', 'other'])(
    'past what was written before the API server was put back, owned by %s',
    async (holder) => {
      const seen = { holder, epoch: 3 };
      const { raised, acquired } = acquire(seen, seen, undefined, 6);
      expect(await acquired).toMatchObject({ ownership: { ...me, epoch: 7 } });
      expect(raised).toEqual([4, 5, 6, 7]);
    },
  );
  it('not when the status has a later owner than the watch told of', async () => {
    const { acquired } = acquire({ holder: 'me', epoch: 3 }, { holder: 'other', epoch: 4 });
    await expect(acquired).rejects.toMatchObject({ code: 'fenced' });
  });
  it.each(['fenced', 'gone'] as const)('not when the API server says %s', async (kind) => {
    const { acquired } = acquire({ holder: 'other', epoch: 4 }, undefined, { kind });
    await expect(acquired).rejects.toMatchObject({ code: 'fenced' });
  });
});

describe('before each cycle', () => {
  const still = (seen: number, certain: boolean, now: number | undefined | 'away') =>
    isStillMine(target, 3, {
      seen: { holder: 'h', epoch: seen },
      certain,
      store: {
        async readOwner() {
          if (now === 'away') throw new AppError('cluster_failed', 'away');
          return now === undefined ? undefined : { holder: 'h', epoch: now };
        },
      },
    });
  it.each([
    [4, true, 3, false],
    [3, true, 4, true],
    [3, false, 4, false],
    [3, false, 3, true],
    [3, false, undefined, true],
    [3, false, 'away', true],
  ] as const)('seen %s, certain %s, asked %s: %s', async (seen, certain, now, mine) => {
    expect(await still(seen, certain, now)).toBe(mine);
  });
});
