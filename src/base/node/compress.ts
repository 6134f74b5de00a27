import { constants, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * JSON and columns of numbers as few bytes. Zstandard at its fastest level, quicker than deflate
 * and smaller. What earlier versions deflated is still read.
 */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const magic = 0xfd2fb528;

export const compressJson = (value: unknown): Uint8Array =>
  compressBytes(Buffer.from(JSON.stringify(value)));

/** A copy of its own: what zlib returns is a view of a larger buffer. */
export const compressBytes = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(zstdCompressSync(bytes, options));

/** Throws for what is not compressed, or is more than `most` bytes. */
export const expandBytes = (bytes: Uint8Array, most: number): Uint8Array =>
  zstdDecompressSync(bytes, { maxOutputLength: most });

/** Throws for what is not compressed JSON, or is more than `most` bytes of it. */
export function expandJson(bytes: Uint8Array, most: number): unknown {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const zstd = view.length >= 4 && view.readUInt32LE(0) === magic;
  const text = zstd
    ? zstdDecompressSync(view, { maxOutputLength: most })
    : inflateSync(view, { maxOutputLength: most });
  return JSON.parse(text.toString()) as unknown;
}
