/**
 * Signs that turn what follows around, so that one name reads as another, shown as what they are:
 * `\u202e`. What somebody reads and copies, and says yes to, is then what it looks like. Pure.
 */
export const unturned = (text: string): string =>
  text.replaceAll(turning, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);

/** The same of JSON before it is read: what is in its texts is turned nowhere. */
export const unturnedJson = (json: string): string =>
  json.replaceAll(turning, (sign) => `\\\\u${sign.charCodeAt(0).toString(16)}`);

const turning = /[\u202A-\u202E\u2066-\u2069]/g;
