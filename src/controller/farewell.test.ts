import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/node/clock.ts';
import type { TargetRef } from '../targets/target-store.ts';
import { type FarewellDeps, sayFarewell } from './farewell.ts';

const ref = (uid: string, holder?: string): TargetRef => ({
  uid,
  namespace: 'shop',
  name: uid,
  generation: 1,
  ...(holder ? { owner: { holder, epoch: 3 } } : {}),
});

/** Which statuses were told, and settled, in the end. */
async function farewell(deps: Partial<FarewellDeps>): Promise<string[]> {
  const told: string[] = [];
  let settled: readonly string[] = [];
  await sayFarewell({
    refs: [ref('a', 'me'), ref('b', 'other'), ref('never-owned')],
    holder: 'me',
    pod: 'pod',
    shared: true,
    survey: async () => ({ sessions: [] }),
    own: async () => ({ ownership: { holder: 'me', epoch: 4 } }),
    store: {
      writeStatus: ({ uid }) => void told.push(uid),
      async settle(uids) {
        settled = uids;
      },
    },
    clock: systemClock,
    logger: silentLogger,
    ...deps,
  });
  return told.filter((uid) => settled.includes(uid));
}

it('whoever ends last tells of every target that somebody owned', async () => {
  expect(await farewell({})).toEqual(['a', 'b']);
});

it('where nothing is shared, only of its own', async () => {
  expect(await farewell({ shared: false })).toEqual(['a']);
});

it('one that is gone or somebody else’s keeps no other from being told', async () => {
  const refs = Array.from({ length: 40 }, (_, i) => ref(`t${i}`, 'me'));
  const own: FarewellDeps['own'] = async ({ uid }) => {
    if (uid === 't0') throw new AppError('fenced', 'it is not there any more');
    await systemClock.sleep(1);
    return { ownership: { holder: 'me', epoch: 4 } };
  };
  expect(await farewell({ refs, own })).toHaveLength(39);
});

it('nobody is told while another replica lives, or none can be asked', async () => {
  const facts = { scope: 'all', name: 'b', known: '', load: 0, stops: {} };
  expect(await farewell({ survey: async () => ({ sessions: [{ facts }] }) })).toEqual([]);
  const away = async () => {
    throw new AppError('internal', 'Redis is away');
  };
  expect(await farewell({ survey: away })).toEqual([]);
});
