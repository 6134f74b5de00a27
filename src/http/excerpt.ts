/** Where something was found in a text, with what stands around it; whole where that fits. Pure. */
const shown = 240;
/** What stands before it says what it is about. */
const before = 60;

export function excerptOf(text: string, wanted: string): string {
  if (text.length <= shown) return text;
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  const from = at <= before ? 0 : Math.min(at - before, text.length - shown);
  const part = text.slice(from, from + shown).toWellFormed();
  return `${from > 0 ? '…' : ''}${part}${from + shown < text.length ? '…' : ''}`;
}

/** More of a statement than a line of a list shows; some are as long as a book. */
const listed = 1_000;

/** What a list has of a text: its beginning. The whole is the statement's own answer's. */
export const beginningOf = (text: string): string =>
  text.length > listed ? `${text.slice(0, listed).toWellFormed()}…` : text;

/** The same of what may have a text. */
export const asListed = <T extends { text?: string | undefined }>(line: T): T =>
  line.text === undefined ? line : { ...line, text: beginningOf(line.text) };
