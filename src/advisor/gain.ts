/**
 * What a statement is said to gain by indexes: where one of the values that it may have asked for
 * gains and another does not, nothing. Pure.
 */
export type Gain = 'gain' | 'none' | 'depends';

/** A cost that is lower by less is the same. */
const leastGain = 0.1;

export function gainOf(
  { cost, best = cost }: { cost: number; best?: number },
  before: number,
): Gain {
  const most = before * (1 - leastGain);
  if (cost < most) return 'gain';
  return best < most ? 'depends' : 'none';
}
