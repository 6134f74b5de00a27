import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { nextTurn } from '../../base/node/turn.ts';
import { mayComeAgain, proposalPhases } from '../../model/proposal.ts';
import { number, text } from '../columns.ts';
import type { RetentionPolicy } from '../history-writer.ts';
import { hour_ms, hourOf } from '../rows.ts';
import type { Database } from './database.ts';
import { asideOf } from './salvage.ts';
import * as sql from './statements.ts';

/**
 * The limit of size: where the file is larger, the history reaches less far back. From the oldest
 * on go plans that another has replaced, statements that have not been seen since, hours and
 * reports of cycles. What proposals and people speak of stays, and so does all of the last days; of
 * what has an open finding nothing goes before all else has.
 */
const volumePart = 0.8;
/** Not each hour for a few rows. */
const goalPart = 0.95;
const day_ms = 24 * hour_ms;
/** A statement that runs is explained anew within this. */
const statements_ms = 7 * day_ms;
const others_ms = day_ms;
/** One step of age after the other. */
const step = 0.9;
const piece = 50;
/** Hours of one target at a time. */
const hoursPiece = 6;
const targetsPiece = 50;

/**
 * A volume of its own is never full: a limit that is too large for it, or for what a damaged file
 * that is set aside leaves of it, is less.
 */
export function limitOf(path: string, bytes: number | undefined): number | undefined {
  if (!bytes || path === ':memory:') return bytes || undefined;
  const { blocks, bsize } = statfsSync(dirname(path));
  const aside = statSync(asideOf(path), { throwIfNoEntry: false })?.size ?? 0;
  return Math.min(bytes, Math.floor((blocks * bsize - aside) * volumePart));
}

const pragma = (db: Database, name: string): number =>
  number(db.prepare(`SELECT ${name} AS value FROM pragma_${name}`).get() ?? {}, 'value');

export const fileBytes = (db: Database): number =>
  pragma(db, 'page_count') * pragma(db, 'page_size');

/** What is free in the file is used before it grows. */
export const usedBytes = (db: Database): number =>
  (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');

interface Making {
  db: Database;
  /** Statements that proposals speak of. */
  spared: ReadonlySet<string>;
  now: number;
  isEnough(): boolean;
  removed: number;
}

/** Returns the rows that went. */
export async function makeRoom(
  db: Database,
  { now, signal }: RetentionPolicy,
  limit: number,
): Promise<number> {
  if (usedBytes(db) <= limit) return 0;
  const isEnough = () => signal?.aborted === true || usedBytes(db) <= limit * goalPart;
  const making: Making = { db, spared: sparedIn(db), now, isEnough, removed: 0 };
  for (const withFindings of [0, 1] as const) {
    const plans = plansFrom(making);
    const statements = statementsFrom(making, withFindings);
    for (const before of cuts(db, now)) {
      await plans(before);
      await statements(before);
      await removeHours(making, before);
      if (isEnough()) return making.removed;
    }
  }
  return making.removed;
}

/** From the oldest there is to the last day. */
function* cuts(db: Database, now: number): Generator<number> {
  const { plan, query } = db.prepare(sql.oldestSeen).get() ?? {};
  const oldest = Math.min(...[plan, query].map((each) => Number(each ?? now)), now - 30 * day_ms);
  for (let age = (now - oldest) * step; age > others_ms; age *= step) yield Math.floor(now - age);
  yield Math.floor(now - others_ms);
}

const proposed = proposalPhases
  .filter((phase) => !mayComeAgain(phase))
  .map((phase) => `'${phase}'`)
  .join(', ');
const spoken = `
SELECT DISTINCT p.target, w.fingerprint FROM proposal p
JOIN proposed_plan w ON w.proposal = p.id WHERE p.phase IN (${proposed})`;
const keyOf = (target: string, fingerprint: string) => `${target} ${fingerprint}`;
const sparedIn = (db: Database): Set<string> =>
  new Set(
    db
      .prepare(spoken)
      .all()
      .map((row) => keyOf(text(row, 'target'), text(row, 'fingerprint'))),
  );

const put = (making: Making, statement: string, ...values: (string | number)[]): void => {
  making.removed += Number(making.db.prepare(statement).run(...values).changes);
};

/** Goes on where it was with each call, so that what stays is looked at once. */
function plansFrom(making: Making): (before: number) => Promise<void> {
  const { db, isEnough } = making;
  let [seen, row] = [Number.MIN_SAFE_INTEGER, 0];
  return async (before) => {
    while (!isEnough()) {
      const rows = db.prepare(sql.plansAfter).all(seen, row, before, piece);
      db.transaction(() => {
        for (const each of rows) if (number(each, 'replaced')) removePlan(making, each);
        return true;
      });
      const last = rows.at(-1);
      if (last) [seen, row] = [number(last, 'last_seen'), number(last, 'row')];
      await nextTurn();
      if (rows.length < piece) return;
    }
  };
}

type Row = Readonly<Record<string, unknown>>;

function removePlan(making: Making, plan: Row): void {
  const key = [text(plan, 'target'), text(plan, 'fingerprint'), text(plan, 'hash')] as const;
  put(making, 'DELETE FROM plan WHERE target = ? AND fingerprint = ? AND hash = ?', ...key);
  put(making, 'DELETE FROM sighting WHERE target = ? AND fingerprint = ? AND hash = ?', ...key);
}

function statementsFrom(making: Making, withFindings: 0 | 1): (before: number) => Promise<void> {
  const { db, now, spared, isEnough } = making;
  let after: [number, string, string] = [Number.MIN_SAFE_INTEGER, '', ''];
  return async (before) => {
    const last = Math.min(before, now - statements_ms);
    while (!isEnough()) {
      const rows = db.prepare(sql.statementsAfter).all(...after, last, withFindings, piece);
      const gone = rows.filter(
        (each) =>
          number(each, 'goes') &&
          !spared.has(keyOf(text(each, 'target'), text(each, 'fingerprint'))),
      );
      db.transaction(() => {
        for (const each of gone) removeStatement(making, each);
        return true;
      });
      const end = rows.at(-1);
      if (end) after = [number(end, 'last_seen'), text(end, 'target'), text(end, 'fingerprint')];
      await nextTurn();
      if (rows.length < piece) return;
    }
  };
}

function removeStatement(making: Making, statement: Row): void {
  const key = [text(statement, 'target'), text(statement, 'fingerprint')] as const;
  for (const table of ['plan', 'sighting', 'finding', 'query'])
    put(making, `DELETE FROM ${table} WHERE target = ? AND fingerprint = ?`, ...key);
}

async function removeHours(making: Making, before: number): Promise<void> {
  const { db, isEnough } = making;
  const uids = db
    .prepare(sql.allTargets)
    .all()
    .map((row) => text(row, 'uid'));
  for (const [at, uid] of uids.entries()) {
    put(making, 'DELETE FROM cycle WHERE target = ? AND at < ?', uid, before);
    let first = db.prepare(sql.oldestOf).get(uid)?.['hour'];
    while (typeof first === 'number' && first < hourOf(before) && !isEnough()) {
      const end = Math.min(first + hoursPiece, hourOf(before));
      put(making, 'DELETE FROM usage WHERE target = ? AND hour < ?', uid, end);
      await nextTurn();
      first = db.prepare(sql.oldestOf).get(uid)?.['hour'];
    }
    if (at % targetsPiece === 0) await nextTurn();
    if (isEnough()) return;
  }
}

/** Of a file that can: where more than a quarter is free, down to a tenth, by pieces. */
const [muchFree, littleFree] = [0.25, 0.1];
const givenAtOnce = 50;
const leastPages = 1_000;

export async function giveBack(db: Database, signal: AbortSignal | undefined): Promise<void> {
  const incremental = 2;
  const free = () => pragma(db, 'freelist_count') / pragma(db, 'page_count');
  if (pragma(db, 'auto_vacuum') !== incremental || pragma(db, 'page_count') < leastPages) return;
  if (free() < muchFree) return;
  for (let last = Number.POSITIVE_INFINITY; free() > littleFree && !signal?.aborted; ) {
    if (pragma(db, 'page_count') >= last) return;
    last = pragma(db, 'page_count');
    db.prepare(`PRAGMA incremental_vacuum(${givenAtOnce})`).all();
    await nextTurn();
  }
}
