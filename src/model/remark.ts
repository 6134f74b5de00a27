/**
 * What a person writes freely beside a verdict, made fit to be kept and shown: one line, not long,
 * and without what looks like a value of a column or a secret. What is replaced is `?`, as in
 * statements.
 */

/** A sentence or two; a status and a list show it in a line. */
export const remarkLimit = 256;
/** `maria@laptop`, `ci`. */
export const nameLimit = 64;

/** None looks for its beginning in the middle of a word, or further than a name is long: linear. */
const hidden: readonly [RegExp, string][] = [
  [/(?<!\w)(\w+:\/\/)[^\s/@]+@/g, '$1?@'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 ?'],
  [/\b(passw(?:or)?d|pwd|secret|token|api[-_ ]?key)(\s*[:=]\s*|\s+is\s+)\S+/gi, '$1$2?'],
  [/(?<!\w)'[^']*'(?!\w)|"[^"]*"/g, '?'],
  [/[^\s@]{1,254}@[^\s@]{1,254}\.[a-z]{2,}/gi, '?'],
  // Keys and tokens; fingerprints of statements have 16.
  [/\b(?=\w*\d)(?=\w*[a-z])\w{20,}\b/gi, '?'],
  // Of accounts, cards and telephones; tickets and years are shorter.
  [/\d{8,}/g, '?'],
];

export const remark = (text: string): string =>
  cut(
    hidden.reduce((rest, [what, by]) => rest.replace(what, by), oneLine(text)),
    remarkLimit,
  );

/** Who says so. */
export const speaker = (text: string): string => cut(oneLine(text), nameLimit);

const oneLine = (text: string): string => text.replace(/[\p{C}\s]+/gu, ' ').trim();

const cut = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
