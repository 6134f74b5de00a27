import { AppError } from '../base/errors.ts';

/** What of a change is outside of what is built, in a clause: no name, and no text of it. */
export function refuseUnless(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new AppError('change_refused', otherwise);
}

/** What marks an index as ours stands in a literal of every engine as it is. */
const safeMark = /^[\w.:-]{1,200}$/;
export function checkMark(mark: string | undefined): void {
  refuseUnless(mark === undefined || safeMark.test(mark), 'the mark has other signs than it may');
}
