import type { DialectName } from '../model/engine-name.ts';
import type { Plan } from '../model/plan.ts';
import type { Dialect } from './dialect.ts';
import { dialectOf, dialects } from './index.ts';
import { notKnown, outOfFrame, type ReadText, readWith } from './read-text.ts';
import type { Resolve } from './reading.ts';

/**
 * The text of one EXPLAIN, of whichever engine is the likeliest to have printed it, or of the one
 * that is named, and what of it was not understood. Throws AppError: unparsable, too_large, with
 * the line of the text where reading ended as far as it is known.
 */
export function readPlanText(
  text: string,
  named?: DialectName,
  collectedAt = 0,
  resolve?: Resolve,
): ReadText {
  const unframed = outOfFrame(text);
  const dialect = named ? dialectOf(named) : likeliest(unframed.plain);
  return readWith(dialect, text, unframed, { collectedAt, ...(resolve ? { resolve } : {}) });
}

export const readAnyPlan = (...given: Parameters<typeof readPlanText>): Plan =>
  readPlanText(...given).plan;

/** The first that is sure of it: most texts are read by one dialect alone. */
function likeliest(text: string): Dialect {
  let [best, most]: [Dialect | undefined, number] = [undefined, 0];
  for (const dialect of Object.values<Dialect>(dialects)) {
    const sure = dialect.sniff(text);
    if (sure > most) [best, most] = [dialect, sure];
    if (most === 1) break;
  }
  if (best) return best;
  throw notKnown(text);
}
