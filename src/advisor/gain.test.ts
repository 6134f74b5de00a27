import { expect, it } from 'vitest';
import { gainOf } from './gain.ts';

it.each([
  [{ cost: 50 }, 'gain'],
  [{ cost: 95 }, 'none'],
  [{ cost: 80, best: 1 }, 'gain'],
  [{ cost: 100, best: 1 }, 'depends'],
  [{ cost: 130, best: 95 }, 'none'],
] as const)('%o of 100 is: %s', (answer, says) => expect(gainOf(answer, 100)).toBe(says));
