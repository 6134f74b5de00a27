/** A statement that a cycle sends, for people to read. */
export interface SentStatement {
  purpose: string;
  sql: string;
}

/** What for, and what is sent for it; absent where this target has no use for it. */
export type Purpose = readonly [purpose: string, ...sql: string[]] | false;

export const statementList = (purposes: readonly Purpose[]): SentStatement[] =>
  purposes.flatMap((each) => {
    if (!each) return [];
    const [purpose, ...statements] = each;
    return statements.map((sql) => ({ purpose, sql }));
  });
