import { asFailure, mayBeDone } from '../data/failure.ts';
import { Failed } from '../parts/states.tsx';

/** A change that failed; where it may have arrived, it is not said that it did not. */
export function NotDone({ what, error }: { what: string; error: unknown }) {
  const failure = asFailure(error);
  return (
    <Failed
      what={mayBeDone(failure) ? `Whether it is ${what} is not known.` : `Not ${what}.`}
      why={failure.message}
    />
  );
}
