/**
 * Signs that turn what follows around, or that show as nothing: one name reads as another. Not what
 * joins letters of some scripts and parts of pictures, but after a Latin letter, where it does
 * nothing.
 */
export const misread = /(?!(?<=[^\0-\u024F])[\p{Join_C}\p{VS}])\p{DI}/gu;

const codePoint = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * With such signs as what they are: `\u202e`. What somebody reads and copies, and says yes to, is
 * then what it looks like. Pure.
 */
export const unturned = (text: string): string => text.replaceAll(misread, codePoint);

/**
 * The same of JSON before it is read: what is in its texts is misread nowhere, and what steers
 * terminals is there as JSON writes it.
 */
export const unturnedJson = (json: string): string =>
  json.replaceAll(control, '$1\\$2').replaceAll(misread, (sign) => `\\${codePoint(sign)}`);

/** Not where a backslash is meant. */
const control = /((?<!\\)(?:\\\\)*\\)(u00[01][\da-f]|[bf])/g;

/**
 * A text in parts, each second one written from right to left. Beside such letters a browser turns
 * quotes, commas and operators around, so that the columns of an index read in another order than
 * the server does: each part has to stand by itself.
 */
export const directions = (text: string): string[] => text.split(backwards);

/** The same with signs that keep the parts apart: for what is drawn, and never copied. */
export const apart = (text: string): string => text.replaceAll(backwards, '\u2068$1\u2069');

/** Words with spaces between them are one name, or what somebody wrote. */
const letters = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]+/u
  .source;
const backwards = new RegExp(`(${letters}(?:[ _]${letters}|_\\d+)*)`, 'gu');
