/**
 * How much a rule is to be believed: what its measured precision says before anybody has spoken,
 * moved by what people said of its findings. The mean of the posterior of a Beta distribution,
 * (a + accepted) / (a + b + accepted + dismissed), with a + b = `priorWeight` and a / (a + b) the
 * prior; a snooze says nothing of whether a finding is right. Pure.
 */
export interface Said {
  accepted: number;
  dismissed: number;
}

/**
 * Verdicts that weigh as much as the prior. A dozen dismissals of one team halve a rule, three do
 * not; a hundred make the prior forgotten.
 */
const priorWeight = 12;

/** `prior`: 0..1; the answer likewise. */
export const confidence = (prior: number, { accepted, dismissed }: Said): number =>
  (prior * priorWeight + accepted) / (priorWeight + accepted + dismissed);
