import type { PGlite } from '@electric-sql/pglite';
import { pageBytes } from './btree.ts';

/**
 * The files of a world's relations, which claim to be as large as production's and hold nothing: a
 * planner asks how long a file is, and no more. In memory a file is as long as it says; to make it
 * so by writing would take the memory.
 */
export interface RelationFiles {
  /** `path`: as pg_relation_filepath tells it. */
  claim(path: string, bytes: number): void;
  /** What it has at the beginning. */
  write(path: string, bytes: Uint8Array): void;
  firstPage(path: string): Uint8Array;
}

/** A server keeps a relation in files of 1 GiB: the second ends in `.1`. */
const segmentBytes = 131_072 * pageBytes;

interface FileNode {
  usedBytes: number;
  contents: Uint8Array;
}

export function relationFiles(pg: PGlite, folder: string): RelationFiles {
  const { FS } = pg.Module;
  const place = (path: string) => `${folder}/${path}`;
  const nodeOf = (file: string) => FS.lookupPath(file, {}).node as unknown as FileNode;
  return {
    claim(path, bytes) {
      for (let segment = 0, left = bytes; segment === 0 || left > 0; segment += 1) {
        const file = place(segment === 0 ? path : `${path}.${segment}`);
        if (!FS.analyzePath(file).exists) FS.writeFile(file, new Uint8Array(0));
        nodeOf(file).usedBytes = Math.min(left, segmentBytes);
        left -= segmentBytes;
      }
    },
    write: (path, bytes) => FS.writeFile(place(path), bytes),
    firstPage: (path) => nodeOf(place(path)).contents.slice(0, pageBytes),
  };
}
