import { parseTime } from '../../../base/quantity.ts';
import { apiGroup } from '../../kind.ts';

/**
 * Asks for a run of the advisor before the next one is due: when that was asked, as an annotation
 * of the target, which anybody may write who may change the target. Pure.
 */
export const adviseAnnotation = `${apiGroup}/advise`;

/** Milliseconds; undefined: nothing is asked, or not as a time. */
export function adviseAsked(annotations: Readonly<Record<string, string>> | undefined) {
  const at = parseTime(annotations?.[adviseAnnotation] ?? '');
  return Number.isNaN(at) ? undefined : at;
}
