import { AppError } from '../../base/errors.ts';
import { levelLimit } from '../bounds.ts';
import { type Document, oneDocument } from './plan-json.ts';

/**
 * `EXPLAIN (FORMAT YAML)` → the document that FORMAT JSON would have been. The server writes one
 * key a line and every text between double quotes, as JSON does; none of YAML’s other ways is read.
 */
interface Line {
  /** Of its key, or of its item. */
  column: number;
  /** It begins an item of a list; the dash stands two columns before. */
  dash: boolean;
  text: string;
}

/** Throws AppError: unparsable, too_large. */
export function readPlanYaml(text: string): Document {
  const lines = text
    .split('\n')
    .filter((each) => each.trim() !== '' && each.trim() !== '---')
    .map(toLine);
  const [first] = lines;
  if (!first) throw new AppError('unparsable', 'not a YAML plan of PostgreSQL');
  const cursor = { lines, at: 0 };
  return oneDocument(readBlock(cursor, first.column, 0), 'YAML');
}

function toLine(line: string): Line {
  const text = line.trimStart();
  const column = line.length - text.length;
  return text.startsWith('- ')
    ? { column: column + 2, dash: true, text: text.slice(2).trim() }
    : { column, dash: false, text: text.trimEnd() };
}

interface Cursor {
  lines: readonly Line[];
  at: number;
}

function readBlock(cursor: Cursor, column: number, level: number): unknown {
  if (level > levelLimit) throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
  if (!cursor.lines[cursor.at]?.dash) return readObject(cursor, column, level);
  const items: unknown[] = [];
  for (let line = cursor.lines[cursor.at]; line; line = cursor.lines[cursor.at]) {
    if (!line.dash || line.column !== column) break;
    if (pair.test(line.text)) items.push(readObject(cursor, column, level));
    else {
      items.push(scalar(line.text));
      cursor.at += 1;
    }
  }
  return items;
}

const pair = /^([A-Za-z][\w/ -]*):(?: (.*))?$/;

/** Until a line further left, or the next item of the list that it stands in. */
function readObject(cursor: Cursor, column: number, level: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const start = cursor.at;
  for (let line = cursor.lines[start]; line; line = cursor.lines[cursor.at]) {
    if (line.column !== column || (line.dash && cursor.at > start)) break;
    const [, key, value = ''] = pair.exec(line.text) ?? [];
    if (key === undefined) throw notOurs(line.text);
    cursor.at += 1;
    const next = cursor.lines[cursor.at];
    if (value.trim() !== '') object[key] = scalar(value.trim());
    else if (next && next.column > column) object[key] = readBlock(cursor, next.column, level + 1);
  }
  return object;
}

function scalar(text: string): unknown {
  if (text.startsWith('"')) return readQuoted(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function readQuoted(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notOurs(text);
  }
}

const notOurs = (line: string) =>
  new AppError('unparsable', `not YAML as PostgreSQL writes it: ${line.slice(0, 40)}`);

/** Nobody else prints such nodes. */
export const sniffPlanYaml = (text: string): number =>
  /^(?:- )?Plan: *\n\s+Node Type: "/m.test(text) ? 1 : 0;
