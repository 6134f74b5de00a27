/**
 * The quote that is still open behind a line: what follows is the rest of a value or a name,
 * whatever it looks like. `open` is the one that was open before it; `escape` a character behind
 * which a quote is none.
 */
export function quoteAfter(line: string, open: string, escape?: string): string {
  let quote = open;
  for (let at = 0; at < line.length; at += 1) {
    const mark = line[at] ?? '';
    if (quote && mark === escape) at += 1;
    else if (quote) quote = mark === quote ? '' : quote;
    else if (mark === "'" || mark === '"' || mark === '`') quote = mark;
  }
  return quote;
}
