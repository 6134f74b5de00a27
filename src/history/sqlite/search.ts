import { nextTurn } from '../../base/node/turn.ts';
import { text } from '../columns.ts';
import { asciiLower } from '../conditions.ts';
import {
  type FoundQuery,
  type HistoryQuestions,
  type KnownTarget,
  mostSearched,
  type SearchQuestion,
} from '../history-questions.ts';
import { toFoundQuery, toTarget } from '../rows.ts';
import type { Database } from './database.ts';
import * as sql from './statements.ts';

/**
 * Statements by their texts, target by target and by pieces: the file is read in the program's one
 * thread, which others wait for.
 */
const piece = 500;

export const searchQuestions = (db: Database): Pick<HistoryQuestions, 'searchQueries'> => ({
  async searchQueries({ text: wanted, targets, limit }) {
    const isMeant = matcher(wanted);
    const found: FoundQuery[] = [];
    let left = mostSearched;
    for (const target of targetsOf(db, targets)) {
      left -= await searchOne(db, { target, isMeant, left, found });
      if (left <= 0) break;
    }
    return { items: found.sort(seenLast).slice(0, limit), whole: left > 0 };
  },
});

interface Searching {
  target: KnownTarget;
  isMeant(row: Readonly<Record<string, unknown>>): boolean;
  left: number;
  /** Added to. */
  found: FoundQuery[];
}

/** Returns how many were looked at. */
async function searchOne(db: Database, { target, isMeant, left, found }: Searching) {
  let [after, read] = ['', 0];
  for (;;) {
    const asked = Math.min(piece, left - read);
    const rows = db.prepare(sql.searched).all(target.uid, after, asked);
    for (const row of rows) if (isMeant(row)) found.push(toFoundQuery({ ...row, ...target }));
    read += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < asked || read >= left) return read;
    after = text(last, 'fingerprint');
    await nextTurn();
  }
}

function targetsOf(db: Database, targets: SearchQuestion['targets']): KnownTarget[] {
  const wanted = targets && new Set(targets);
  const all = db.prepare(sql.allTargets).all().map(toTarget);
  return wanted ? all.filter(({ uid }) => wanted.has(uid)) : all;
}

function matcher(wanted: string): Searching['isMeant'] {
  const lower = asciiLower(wanted);
  const has = (value: unknown, is: (text: string) => boolean) =>
    typeof value === 'string' && is(value);
  return (row) =>
    has(row['text'], (value) => asciiLower(value).includes(lower)) ||
    has(row['fingerprint'], (value) => value.startsWith(lower)) ||
    has(row['native_id'], (value) => value.startsWith(wanted));
}

const seenLast = (a: FoundQuery, b: FoundQuery): number =>
  b.lastSeen - a.lastSeen || compare(a.fingerprint, b.fingerprint) || compare(a.target, b.target);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
