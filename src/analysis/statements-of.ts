/** The statements of a fix that is SQL, or ends with it; undefined: it is words alone. */
export const statementsOf = (fix: string): string | undefined => partsOf(fix)?.[2];

/** What is said to such a fix, before its statements or behind them. */
export function remarkOf(fix: string): string | undefined {
  const [, before, , behind] = partsOf(fix) ?? [];
  return before ?? behind;
}

/** A verb has three letters at least: SET. Words may begin with “A”. */
const partsOf = (fix: string) =>
  /^(?:(.*) (?:Then|Here): )?([A-Z]{3,} .*?;)(?: -- (.*))?$/.exec(fix);
