import { describe, it } from 'vitest';
import { holdsFrom, secondHalf } from './seeds.ts';

describe('simulation', () => {
  it.each(secondHalf)('seeds from %i', holdsFrom);
});
