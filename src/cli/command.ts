import { didYouMean } from '../resources/did-you-mean.ts';

/** What main knows of a command. */
export interface CommandModule {
  help: string;
  /** Of what its arguments name; undefined: there is no other than `help`. */
  helpOf?(args: readonly string[]): string | undefined;
  /** Resolves with the exit code. */
  run(args: string[]): Promise<number>;
}

/** What somebody typed cannot be meant: why, and what would be. */
export class WrongUse extends Error {
  readonly help: string;
  constructor(why: string, help: string) {
    super(why);
    this.help = help;
  }
}

/** ` (did you mean "list"?)`, where it is near to one that is known. */
export function meantBy(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
}

export const exitCodes = { done: 0, no: 1, wrongUse: 2, unreachable: 3 } as const;
