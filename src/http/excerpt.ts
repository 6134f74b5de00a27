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
