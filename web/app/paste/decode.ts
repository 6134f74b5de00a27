/**
 * Bytes of a file → its text, or why there is none. Files of SQL Server's tools are UTF-16 with a
 * mark at their beginning; everything else is read as UTF-8.
 */
export type Decoded =
  | { kind: 'text'; text: string }
  | { kind: 'refused'; message: string; remedy: string };

/** As much as a plan has anywhere in the program. */
export const mostBytes = 64 * 1_048_576;

export function decode(bytes: Uint8Array): Decoded {
  if (bytes.byteLength === 0) return { kind: 'refused', message: 'The file is empty.', remedy };
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes);
  return text.slice(0, looksAt).includes('\0')
    ? { kind: 'refused', message: 'The file is no text.', remedy }
    : { kind: 'text', text };
}

const remedy = 'Save what EXPLAIN printed as a text file, and give that.';
/** What is no text shows it early. */
const looksAt = 4_096;

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
