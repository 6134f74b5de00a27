import type { CodeEntry } from './code-entry.ts';

/** Why there is no advice, or none of it is carried out: a part of the table in `codes.ts`. */
export const adviceCodes = {
  change_refused: {
    scope: 'either',
    action: 'human',
    meaning:
      'A change that was advised, or written by somebody, is not one that dbintel builds: the ' +
      'detail says what of it is outside the closed set of what it does.',
    remedy:
      'Nothing was done. Make such an index by hand; of what dbintel itself advised, report it.',
  },
} as const satisfies Record<string, CodeEntry>;
