import { decodeText } from '../../../src/base/decode-text.ts';

/** Bytes of a file → its text, or why there is none. */
export type Decoded =
  | { kind: 'text'; text: string }
  | { kind: 'refused'; message: string; remedy: string };

/** As much as a plan has anywhere in the program. */
export const mostBytes = 64 * 1_048_576;

export function decode(bytes: Uint8Array): Decoded {
  if (bytes.byteLength === 0) return { kind: 'refused', message: 'The file is empty.', remedy };
  const text = decodeText(bytes);
  return text.slice(0, looksAt).includes('\0')
    ? { kind: 'refused', message: 'The file is no text.', remedy }
    : { kind: 'text', text };
}

const remedy = 'Save what EXPLAIN printed as a text file, and give that.';
/** What is no text shows it early. */
const looksAt = 4_096;
