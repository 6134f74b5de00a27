import { isHeld } from '../advice/machine-state.ts';
import type { Ddl } from '../engines/engine.ts';
import type { Recommendation } from './ports.ts';

/**
 * What a person does on a server that nobody knows any more, where something of a change may be
 * left there: the statements that undo it, those that apply. Empty: nothing was begun. Pure.
 */
export function undoOf(
  { state, subject }: Pick<Recommendation, 'state' | 'subject'>,
  { rollback, show }: Ddl,
): string[] {
  if (!isHeld(state)) return [];
  if (subject.kind === 'create-index' || show === undefined || state.phase === 'Observing')
    return rollback;
  // Hidden it is until it is dropped: only then it has to be made again.
  return state.phase === 'Hidden' ? [show] : [show, ...rollback];
}

/** For the status, which has no room for SQL. */
export const leftOf = ({ change }: Pick<Recommendation, 'change'>, on = 'its server'): string =>
  `index ${change.name} may be ${words[change.kind]} on ${on}`.slice(0, mostLetters);
const words = { 'create-index': 'left', 'drop-index': 'hidden or missing' };
const mostLetters = 128;
