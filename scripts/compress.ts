import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Fonts and pictures are compressed as they are. */
const texts = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
/** What fits into one packet anyway. */
const worthIt_bytes = 1_024;

/** Writes beside each text of a folder what it is compressed: once, and not at every request. */
export function compressTexts(folder: string): void {
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (each.isFile() && texts.has(extname(each.name))) compress(join(each.parentPath, each.name));
}

function compress(path: string): void {
  const text = readFileSync(path);
  if (text.length < worthIt_bytes) return;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
}
