import { pageBytes, type StoredColumn } from './btree.ts';

/**
 * How large an index that is no B-tree would be: rough figures, and said to be such. What a
 * document or an array holds no statistics tell without a value.
 */
export function otherIndexBytes(
  method: string,
  columns: readonly StoredColumn[],
  rows: number,
  heapBytes: number,
): number {
  const width = columns.reduce((sum, each) => sum + each.width * (1 - each.nulls), 0);
  switch (method) {
    case 'brin': {
      const ranges = Math.ceil(heapBytes / pageBytes / pagesPerRange);
      const summary = 16 + 2 * width;
      return (3 + Math.floor((ranges * summary) / usable)) * pageBytes;
    }
    case 'hash': {
      // a bucket is full at three quarters, and there are as many as a power of two
      const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, (rows * 20) / (usable * 0.75))));
      return (buckets + 2) * pageBytes;
    }
    case 'gin':
      return (2 + Math.ceil((rows * (width / bytesOfElement) * ginEntry) / usable)) * pageBytes;
    default:
      return (1 + Math.ceil((rows * (width + 16)) / (usable * 0.7))) * pageBytes;
  }
}

const pagesPerRange = 128;
const usable = pageBytes - 24 - 8;
/** An element of a document or an array, with what stands around it. */
const bytesOfElement = 9;
/** Of a compressed list of rows, with its part of the key. */
const ginEntry = 2.5;
