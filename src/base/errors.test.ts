import { expect, it } from 'vitest';
import { asAppError } from './errors.ts';

it('a foreign error shows no message of its own', () => {
  expect(asAppError(new TypeError('value "4711" is odd')).message).toBe('unexpected TypeError');
});
