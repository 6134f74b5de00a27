import { isPartlyDegenerate } from '../../model/degenerate.ts';
import type { Plan } from '../../model/plan.ts';
import { type Found, finishPlan } from '../finish-plan.ts';
import type { Reading } from '../reading.ts';
import { tokenizeSpelled } from '../spelled.ts';

/** Rows that a whole key finds are read while planning: a part may be left without a plan. */
export const finishFamilyPlan = (reading: Reading, found: Omit<Found, 'tokenize'>): Plan =>
  finishPlan(reading, {
    ...found,
    tokenize: tokenizeSpelled,
    missing: [
      ...(found.missing ?? []),
      ...(isPartlyDegenerate(reading.root) ? (['degenerate_part'] as const) : []),
    ],
  });
