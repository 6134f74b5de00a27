import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { createSecretMemory, probeWhereSecretsChanged } from './secret-probe.ts';

it('tells what has changed from what is the same', () => {
  const secrets = createSecretMemory();
  expect(secrets.note('a', { password: '1' })).toBe('first');
  expect(secrets.note('a', { password: '1' })).toBe('same');
  expect(secrets.note('a', { password: '2' })).toBe('changed');
  secrets.forget('a');
  expect(secrets.note('a', { password: '3' })).toBe('first');
});

it('a cycle is tried where the circuit is open and the Secret is another one, and nowhere else', async () => {
  const clock = createFakeClock();
  const secrets = createSecretMemory();
  const probed: string[] = [];
  const running = (uid: string, circuitOpen: boolean, busy = false) => {
    secrets.note(uid, { password: uid === 'unchanged' ? 'new' : 'old' });
    return {
      target: makeTarget({ port: 1, uid }),
      collector: {
        epoch: 1,
        busy,
        dueIn_ms: 0,
        queued: false,
        circuitOpen,
        onStops: () => undefined,
        visit: () => Promise.reject(new Error('not asked')),
        probe: () => void probed.push(uid),
        stop: async () => undefined,
      },
    };
  };
  const done = probeWhereSecretsChanged(
    [
      running('closed', false),
      running('busy', true, true),
      running('unchanged', true),
      running('unreadable', true),
      running('corrected', true),
    ],
    {
      secrets,
      clock,
      async read({ uid }) {
        if (uid === 'unreadable') throw new AppError('secret_unavailable', 'away');
        return { password: 'new' };
      },
    },
  );
  await clock.advance(1_000);
  await done;
  expect(probed).toEqual(['corrected']);
});
