import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { nextTurn } from '../../base/node/turn.ts';

/**
 * What becomes of a damaged file: it is set aside, and all rows that can be read of it go into the
 * new one, in the background and by pieces. What was written meanwhile stands.
 */
export interface NewFile {
  readonly path: string;
  prepare(sql: string): Pick<StatementSync, 'all' | 'run'>;
  transaction(work: () => boolean): boolean;
}

export const asideOf = (path: string) => `${path}.damaged`;
/** The last is the file itself: a new one must never find the journal of another. */
const parts = ['-shm', '-wal', ''];

/** Undefined: one is there already, which nobody has looked at; two would fill the volume. */
export function setAside(path: string): string | undefined {
  const aside = asideOf(path);
  if (path === ':memory:' || existsSync(aside)) return undefined;
  try {
    leaveUnread(aside); // a mark that is left is of one that somebody has removed
    for (const each of parts) if (existsSync(path + each)) renameSync(path + each, aside + each);
    fillUp(aside);
    return aside;
  } catch {
    return undefined; // a volume that is read-only
  }
}

/**
 * One that was cut off is refused as a whole: with nothing, which takes no room, where the rest
 * was, what is left can be read. The header says how large a page is, and how many there are.
 */
function fillUp(file: string): void {
  const header = Buffer.alloc(32);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header, 0, header.length, 0);
  closeSync(descriptor);
  const page = header.readUInt16BE(16) === 1 ? largestPage : header.readUInt16BE(16);
  const whole = page * header.readUInt32BE(28);
  const { size } = statSync(file);
  if (header.toString('latin1', 0, 15) === 'SQLite format 3' && size < whole && whole < mostFilled)
    truncateSync(file, whole);
}
const largestPage = 65_536;
const mostFilled = 2 ** 40;

/** Who may write, and what people have said, first: it is little, and cannot be collected again. */
const tables = [
  'target',
  'verdict',
  'stop',
  'stop_replica',
  'proposal',
  'proposed_plan',
  'advice_run',
  'index_look',
  'finding',
  'query',
  'plan',
  'cycle',
  'usage',
  'sighting',
] as const;
const piece = 200;
/** Of the volume: what is collected now needs room as well. */
const leastFree = 0.1;

/**
 * One that is begun is not begun again, whatever became of the program: unless it was ended in
 * order, which takes the mark away.
 */
const markOf = (aside: string) => `${aside}.read`;

/** The program ends in order: the next one begins again. */
export const leaveUnread = (aside: string): void => rmSync(markOf(aside), { force: true });

/** Of an earlier program, which ended before it had read it. */
export function unread(path: string): string | undefined {
  const aside = asideOf(path);
  const isLeft = path !== ':memory:' && existsSync(aside) && !existsSync(markOf(aside));
  return isLeft ? aside : undefined;
}

/** Never throws; what was read and what was not is told. */
export async function readBack(aside: string, into: NewFile, logger: Logger): Promise<void> {
  const [read, unreadable]: [Record<string, number>, string[]] = [{}, []];
  try {
    writeFileSync(markOf(aside), '');
    const from = new DatabaseSync(aside, { readOnly: true });
    try {
      for (const table of tables) {
        const rows = await readTable(from, table, into);
        read[table] = rows.count;
        if (!rows.whole) unreadable.push(table);
      }
    } finally {
      from.close();
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'program_ending') return;
    logger.error({ error, aside, read }, 'no more of the damaged history could be taken over');
    return;
  }
  logger.warn({ aside, read, unreadable }, 'what could be read of the damaged history was kept');
}

interface Reading {
  from: DatabaseSync;
  table: string;
  columns: readonly string[];
  key: string;
  into: NewFile;
}

/** Around what is damaged where rows have numbers; else up to it, then from the end. */
async function readTable(from: DatabaseSync, table: string, into: NewFile) {
  const reading = readingOf(from, table, into);
  if (!reading) return { count: 0, whole: false };
  const first = await readOneWay(reading, { order: 'ASC', after: '>' });
  if (first.whole || reading.key === 'rowid') return first;
  const last = await readOneWay(reading, { order: 'DESC', after: '<' });
  return { count: first.count + last.count, whole: false };
}

/** Undefined: not even its columns can be told. */
function readingOf(from: DatabaseSync, table: string, into: NewFile): Reading | undefined {
  try {
    const infos = from.prepare('SELECT name, pk FROM pragma_table_info(?)').all(table);
    const here = into.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    const known = new Set(here.map(({ name }) => name));
    const columns = infos.map(({ name }) => String(name)).filter((name) => known.has(name));
    const keys = infos
      .filter(({ pk }) => Number(pk) > 0)
      .sort((a, b) => Number(a['pk']) - Number(b['pk']));
    const key = hasRowid(from, table) ? 'rowid' : keys.map(({ name }) => name).join(', ');
    return columns.length ? { from, table, columns, key, into } : undefined;
  } catch {
    return undefined;
  }
}

function hasRowid(from: DatabaseSync, table: string): boolean {
  try {
    from.prepare(`SELECT rowid FROM ${table} LIMIT 0`);
    return true;
  } catch {
    return false;
  }
}

type Way = { order: 'ASC' | 'DESC'; after: '>' | '<' };
type Row = Record<string, unknown>;

async function readOneWay(reading: Reading, way: Way): Promise<{ count: number; whole: boolean }> {
  let [count, size, skipped, whole] = [0, piece, 0, true];
  let last: Row | undefined;
  for (;;) {
    const rows = readPiece(reading, way, last, size);
    if (rows) {
      count += write(reading, rows);
      if (rows.length < size) return { count, whole };
      [last, skipped] = [rows.at(-1), 0];
    } else if (size > 1) size = 1;
    else {
      whole = false;
      skipped = skipped * 2 || 1;
      if (reading.key !== 'rowid' || skipped > mostSkipped) return { count, whole };
      last = { rowid: Number(last?.['rowid'] ?? 0) + skipped };
      size = piece;
    }
    await nextTurn();
  }
}
/** Of numbered rows; of others nobody knows what comes behind. */
const mostSkipped = 1_000_000;

/** Undefined: a part of it cannot be read, or leads back to where it was. */
function readPiece(
  { from, table, columns, key }: Reading,
  { order, after }: Way,
  last: Row | undefined,
  size: number,
): Row[] | undefined {
  const keys = key.split(', ');
  const where = last ? `WHERE (${key}) ${after} (${keys.map(() => '?').join(', ')})` : '';
  const ordered = keys.map((each) => `${each} ${order}`).join(', ');
  const all = key === 'rowid' ? ['rowid', ...columns] : columns;
  try {
    const sql = `SELECT ${all.join(', ')} FROM ${table} ${where} ORDER BY ${ordered} LIMIT ${size}`;
    const values = keys.flatMap((each) => (last ? [last[each] as string] : []));
    const rows = from.prepare(sql).all(...values);
    const isNext = (row: Row, at: number) => {
      const before = at ? rows[at - 1] : last;
      return !before || compare(before, row, keys) === (order === 'ASC' ? -1 : 1);
    };
    return rows.every(isNext) ? rows : undefined;
  } catch {
    return undefined;
  }
}

/** As SQLite orders them: texts by their bytes. */
function compare(a: Row, b: Row, keys: readonly string[]): number {
  for (const key of keys) {
    const [one, other] = [a[key], b[key]];
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? Math.sign(one - other)
        : Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
    if (order) return order;
  }
  return 0;
}

function write({ into, table, columns }: Reading, rows: readonly Row[]): number {
  if (rows.length === 0) return 0;
  checkRoom(into.path);
  const places = columns.map(() => '?').join(', ');
  const put = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${places})`;
  let count = 0;
  into.transaction(() => {
    const statement = into.prepare(put);
    for (const row of rows)
      count += Number(statement.run(...columns.map((each) => row[each] as string)).changes);
    return true;
  });
  return count;
}

function checkRoom(path: string): void {
  const { bavail, blocks } = statfsSync(dirname(path));
  if (bavail < blocks * leastFree) throw new Error('too little room is left on the volume');
}
