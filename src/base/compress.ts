import { constants, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * JSON as few bytes. Zstandard at its fastest level, quicker than deflate and smaller. What earlier versions deflated is still read.
 */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const magic = 0xfd2fb528;

export function compressJson(value: unknown): Uint8Array {
  // A copy of its own: what zlib returns is a view of a larger buffer.
  return Uint8Array.from(zstdCompressSync(JSON.stringify(value), options));
}

/** Throws for what is not compressed JSON, or is more than `most` bytes of it. */
export function expandJson(bytes: Uint8Array, most: number): unknown {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const zstd = view.length >= 4 && view.readUInt32LE(0) === magic;
  const text = zstd ? zstdDecompressSync(view, { maxOutputLength: most }) : inflateSync(view, { maxOutputLength: most });
  return JSON.parse(text.toString()) as unknown;
}
