import { AppError } from '../base/errors.ts';
import { compressJson, expandJson } from '../base/node/compress.ts';
import type { IndexLook, LookedServer } from '../model/index-look.ts';
import { bytes, isNumber, isRecord, isText, listOf, number, type Row, text } from './columns.ts';

/**
 * What is kept of looks at the indexes of a target: of each database the last one, as one row,
 * which the next replaces. So it does not grow, and an index that is gone goes with it. What has to
 * be remembered of earlier looks is in the look: since when an index has not been read.
 */
export interface IndexQuestions {
  /** All that were seen at the last looks, of all databases: by database, then in its order. */
  indexes(target: string): Promise<IndexLook[]>;
}

export interface IndexWriter {
  /** Nothing of an earlier look stays; one that is older than what is known changes nothing. */
  noteIndexes(look: DatabaseLook): Promise<void>;
}

/** One look at one database of a target. */
export interface DatabaseLook {
  /** Uid. */
  target: string;
  database: string;
  server: LookedServer;
  seenAt: number;
  indexes: readonly SeenIndex[];
}
export type SeenIndex = Omit<IndexLook, 'database' | 'server' | 'seenAt'>;

/** Bytes of JSON: an engine lists 20,000 indexes of a database at most, some 240 bytes each. */
const bodyLimit = 64 * 1_048_576;

/** Names that are alike take next to nothing: 397 indexes, 2.5 KB. */
export const fromLook = ({ server, indexes }: DatabaseLook): Uint8Array =>
  compressJson({ server, indexes });

export function toLooks(row: Row): IndexLook[] {
  const document = expandJson(bytes(row, 'body'), bodyLimit);
  if (!isDocument(document))
    throw new AppError('internal', 'the history holds a list of indexes that nobody can read');
  const place = { database: text(row, 'database'), seenAt: number(row, 'at') };
  return document.indexes.map((each) => ({ ...each, ...place, server: document.server }));
}

const isDocument = (
  value: unknown,
): value is { server: LookedServer; indexes: readonly SeenIndex[] } =>
  isRecord(value) && isServer(value['server']) && listOf(isSeen)(value['indexes']);

const isServer = (value: unknown): value is LookedServer =>
  isRecord(value) && isText(value['id']) && isText(value['role']);

const isSeen = (value: unknown): value is SeenIndex =>
  isRecord(value) &&
  isText(value['name']) &&
  isRecord(value['index']) &&
  isNumber(value['bytes']) &&
  isNumber(value['unchangedSince']);
