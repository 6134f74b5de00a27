/**
 * Names and messages may have what a text of PostgreSQL, or JSON of it, cannot: NUL, and half a
 * character, where a text was cut. One of them must not lose its whole batch.
 */
export const storable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

/** The same of all texts of a document. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value).replace(unstorable, '$1\ufffd');

/** As JSON escapes them; behind an odd count of backslashes it is one more and letters. */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
