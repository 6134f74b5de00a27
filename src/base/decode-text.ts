/**
 * Bytes of a file → its text. What tools of SQL Server save, and what PowerShell writes with `>`,
 * is UTF-16 with a mark at its beginning; everything else is read as UTF-8.
 */
export const decodeText = (bytes: Uint8Array): string =>
  new TextDecoder(encodingOf(bytes)).decode(bytes);

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
