import { compressBytes, expandBytes } from '../base/node/compress.ts';
import type { Snapshot, StatementWork } from '../model/statistics.ts';

/**
 * What every statement's counters were at the last look, so that the next one can tell what
 * happened in between. Every entry of the server's statistics is in it, not the heaviest only: what
 * matters in an interval may be light in the totals of months. As bytes it is columns, some 14 a
 * statement: 5,000 of them, which is pg_stat_statements.max by default, take 70 KB.
 */
export interface BaselineEntry {
  calls: number;
  totalMs: number;
  rows: number;
  temp: number;
  /** Absent where the server does not say, or too many statements matter more. */
  stddevMs?: number;
  /** Likewise. */
  work?: StatementWork;
  /** How many looks ago it last moved, at most `longestIdle`. */
  idle: number;
}

export interface Baseline {
  at: number;
  epoch: string;
  activeMs?: number;
  /** Not every statement of that moment is in here: one that is missing need not be new. */
  truncated: boolean;
  /** By `keyHash`. */
  statements: ReadonlyMap<number, BaselineEntry>;
}

const longestIdle = 255;

export function takeBaseline(snapshot: Snapshot, previous?: Baseline): Baseline {
  const comparable =
    previous && !snapshot.otherServer && previous.epoch === snapshot.epoch
      ? previous.statements
      : undefined;
  const statements = new Map<number, BaselineEntry>();
  for (const each of snapshot.statements) {
    const { key, calls, totalMs, rows, tempBlocksWritten, stddevMs, work } = each;
    const hash = keyHash(key);
    const before = comparable?.get(hash);
    const idle = before?.calls === calls ? Math.min(longestIdle, before.idle + 1) : 0;
    statements.set(hash, {
      calls,
      totalMs,
      rows,
      temp: tempBlocksWritten,
      ...(stddevMs === undefined ? {} : { stddevMs }),
      ...(work === undefined ? {} : { work }),
      idle,
    });
  }
  return {
    at: snapshot.at,
    epoch: snapshot.epoch,
    ...(snapshot.activeMs === undefined ? {} : { activeMs: snapshot.activeMs }),
    truncated: snapshot.cut === true,
    statements,
  };
}

/**
 * 48 bits of a key: of 5,000 statements, two share them once in twenty million servers. Two lanes
 * of multiply and mix, finished by an avalanche.
 */
export function keyHash(key: string): number {
  let [a, b] = [0x811c9dc5, 0x2545f491];
  for (let i = 0; i < key.length; i += 1) {
    const code = key.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul((b << 5) ^ (b >>> 27) ^ code, 0x27d4eb2d);
  }
  return (
    (avalanche(a ^ avalanche(b)) & 0xffff) * 0x1_0000_0000 + avalanche(b + Math.imul(a, 0x9e3779b1))
  );
}

function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

type Keyed = [hash: number, entry: BaselineEntry];

/**
 * Deviations and work are for what moves; the digits of one deviation cost as much as all else of a
 * statement that rests.
 */
const detailed = 1_000;
const keyBytes = 6;
/** A statement takes no less: what cannot fit is not tried. */
const leastBytes = 8;
const microseconds = 1_000;
const none = new Uint8Array();

/** At most `room` bytes: those that moved last come first, and `count` of them fit. */
export function encodeStatements(
  statements: Baseline['statements'],
  room: number,
): { bytes: Uint8Array; count: number } {
  const ranked = [...statements].sort(([, a], [, b]) => a.idle - b.idle || b.totalMs - a.totalMs);
  for (let count = Math.min(ranked.length, Math.ceil(room / leastBytes)); ; ) {
    const moving = ranked.slice(0, Math.min(count, detailed));
    const resting = ranked.slice(Math.min(count, detailed), count);
    const bytes = pack([
      ...columns(moving, true),
      ...columns(resting, false),
      ...workColumns(moving),
    ]);
    if (bytes.byteLength <= room || count === 0) return { bytes, count };
    count = Math.floor(count * Math.min(0.95, (room / bytes.byteLength) * 0.98));
  }
}

/** Throws for bytes that are not ours. */
export function decodeStatements(bytes: Uint8Array): Baseline['statements'] {
  const all = unpack(bytes);
  const moving = entries(all.slice(0, columnCount));
  const work = all.slice(2 * columnCount).map(readNumbers);
  return new Map([
    ...moving.map(([hash, entry], i): Keyed => [hash, { ...entry, ...workAt(work, i) }]),
    ...entries(all.slice(columnCount, 2 * columnCount)),
  ]);
}

const columnCount = 7;
const byHash = (keyed: readonly Keyed[]) => keyed.toSorted(([a], [b]) => a - b);

/**
 * What a statement's work is counted in, by the columns in which it stands; a new one goes behind
 * them. Milliseconds in thousandths.
 */
export const workUnits = {
  pages: 1,
  rowsExamined: 1,
  jitMs: microseconds,
  diskTables: 1,
  sortMerges: 1,
} satisfies Record<keyof StatementWork, number>;
export const workFields = Object.keys(workUnits) as (keyof StatementWork)[];

/** One more than it is; 0 is what the server does not count. What it counts of none is empty. */
function workColumns(keyed: readonly Keyed[]): Uint8Array[] {
  const sorted = byHash(keyed);
  return workFields.map((field) => {
    const values = sorted.map(([, { work }]) => {
      const value = work?.[field];
      return value === undefined ? 0 : Math.round(value * workUnits[field]) + 1;
    });
    return values.some((value) => value > 0) ? numbers(values) : none;
  });
}

function workAt(columns: readonly number[][], i: number): Pick<BaselineEntry, 'work'> {
  const found = workFields.flatMap((field, at) => {
    const value = columns[at]?.[i] ?? 0;
    return value > 0 ? [[field, (value - 1) / workUnits[field]] as const] : [];
  });
  return found.length > 0 ? { work: Object.fromEntries(found) } : {};
}

function columns(keyed: readonly Keyed[], withDeviation: boolean): Uint8Array[] {
  const sorted = byHash(keyed);
  const rest = sorted.map(([, entry]) => entry);
  const deviations = Float32Array.from(
    withDeviation ? rest.map(({ stddevMs }) => stddevMs ?? -1) : [],
  );
  return [
    planes(sorted.map(([hash], i) => hash - (sorted[i - 1]?.[0] ?? 0))),
    numbers(rest.map(({ calls }) => calls)),
    numbers(rest.map(({ totalMs }) => Math.round(totalMs * microseconds))),
    numbers(rest.map(({ rows }) => rows)),
    numbers(rest.map(({ temp }) => temp)),
    numbers(rest.map(({ idle }) => idle)),
    new Uint8Array(deviations.buffer),
  ];
}

function entries([
  keys = none,
  calls = none,
  totals = none,
  rows = none,
  temps = none,
  idles = none,
  deviations = none,
]: Uint8Array[]): Keyed[] {
  const [n, total, row, temp, idle] = [calls, totals, rows, temps, idles].map((column) =>
    readNumbers(column),
  );
  const stddev = new Float32Array(Uint8Array.from(deviations).buffer);
  let hash = 0;
  return readPlanes(keys).map((delta, i): Keyed => {
    hash += delta;
    const deviation = stddev[i] ?? -1;
    const entry = {
      calls: n?.[i] ?? 0,
      totalMs: (total?.[i] ?? 0) / microseconds,
      rows: row?.[i] ?? 0,
      temp: temp?.[i] ?? 0,
      ...(deviation < 0 ? {} : { stddevMs: deviation }),
      idle: idle?.[i] ?? 0,
    };
    return [hash, entry];
  });
}

/** First bytes together, then second ones: the high ones of differences are alike, and compress. */
function planes(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * keyBytes);
  for (const [i, value] of values.entries())
    for (let plane = 0, rest = value; plane < keyBytes; plane += 1, rest = Math.floor(rest / 256))
      bytes[plane * values.length + i] = rest % 256;
  return bytes;
}

function readPlanes(bytes: Uint8Array): number[] {
  const count = bytes.byteLength / keyBytes;
  return Array.from({ length: count }, (_, i) => {
    let value = 0;
    for (let plane = keyBytes - 1; plane >= 0; plane -= 1)
      value = value * 256 + (bytes[plane * count + i] ?? 0);
    return value;
  });
}

/** Seven bits a byte, small ones first; the highest bit says that more follow. Up to 2⁵³. */
function numbers(values: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

function readNumbers(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += (byte % 128) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    values.push(value);
    [value, scale] = [0, 1];
  }
  return values;
}

const expandedLimit = 8 * 1_048_576;

/** Each column compressed by itself, behind its length. */
function pack(parts: readonly Uint8Array[]): Uint8Array {
  const frames = parts.map((part) => (part.byteLength ? compressBytes(part) : part));
  const bytes = Buffer.alloc(frames.reduce((sum, { byteLength }) => sum + 4 + byteLength, 0));
  let at = 0;
  for (const frame of frames) {
    at = bytes.writeUInt32LE(frame.byteLength, at);
    bytes.set(frame, at);
    at += frame.byteLength;
  }
  return Uint8Array.from(bytes);
}

function unpack(bytes: Uint8Array): Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < view.byteLength; ) {
    const length = view.readUInt32LE(at);
    const frame = view.subarray(at + 4, at + 4 + length);
    parts.push(length ? expandBytes(frame, expandedLimit) : frame);
    at += 4 + length;
  }
  return parts;
}
