/** The statements of a fix that is SQL; undefined: it is words. */
export const statementsOf = (fix: string): string | undefined => wordsOf(fix)?.[1];

/** What is said to such a fix, behind its statements. */
export const remarkOf = (fix: string): string | undefined => wordsOf(fix)?.[2];

const wordsOf = (fix: string) => /^([A-Z]+ .*?;)(?: -- (.*))?$/.exec(fix);
