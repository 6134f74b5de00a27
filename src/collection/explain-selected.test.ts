import { expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import type { BatchQuery } from '../model/batch.ts';
import { explainSelected } from './explain-selected.ts';
import type { Selected } from './selection/select.ts';
import { cycleSettings } from './settings.ts';
import { freshState } from './target-state.ts';

/** The second of three statements fails in the way that is given; what became of each. */
async function explainThree(failure: unknown): Promise<string[]> {
  const settings = cycleSettings(makeTarget({ port: 1 }).spec);
  const into: BatchQuery[] = [];
  const ranked = ['a', 'b', 'c'].map((key) => ({
    candidate: { stats: { key, database: 'd', totalMs: 1 } },
    strategy: 'time',
  }));
  const session = {
    databaseMs: 0,
    prepare: async (statements: { key: string }[]) =>
      statements.map(({ key }) => ({
        kind: 'ready',
        key,
        fingerprint: { value: key },
        facts: [],
        shape: { relations: [] },
      })),
    explain: ({ key }: { key: string }) =>
      key === 'b'
        ? Promise.reject(failure)
        : Promise.resolve({
            kind: 'explained',
            plan: { hash: { shape: key } },
            took_ms: 1,
            sent: 1,
          }),
  };
  await explainSelected(ranked as unknown as Selected[], {
    session: session as never,
    state: freshState(systemClock.now(), settings.explains, settings.databaseTime),
    settings,
    clock: systemClock,
    wanted: 3,
    excludedFingerprints: [],
    excludedSchemas: [],
    windowMs: 10,
    into,
    analyse: async () => [],
  });
  return into.map(({ result }) => (result.kind === 'refused' ? result.code : 'plan'));
}

it('a mistake in reading one plan is that statement’s alone', async () => {
  expect(await explainThree(new TypeError("Cannot read properties of null (reading 'x')"))).toEqual(
    ['plan', 'internal', 'plan'],
  );
  expect(await explainThree(new RangeError('Maximum call stack size exceeded'))).toEqual([
    'plan',
    'internal',
    'plan',
  ]);
});

it('what the server says by a code is the cycle’s', async () => {
  await expect(explainThree(new AppError('connection_failed', 'gone'))).rejects.toMatchObject({
    code: 'connection_failed',
  });
});
