import { expect, it } from 'vitest';
import { epochStep } from './epoch.ts';

it('an epoch is raised by one, and only when somebody else has it', () => {
  expect(epochStep(undefined, 'me')).toEqual({ kind: 'raise', epoch: 1 });
  expect(epochStep({ holder: 'me', epoch: 7 }, 'me')).toEqual({ kind: 'mine', epoch: 7 });
  expect(epochStep({ holder: 'you', epoch: 7 }, 'me')).toEqual({ kind: 'raise', epoch: 8 });
});
