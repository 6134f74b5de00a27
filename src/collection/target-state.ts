import { compressJson, expandJson } from '../base/node/compress.ts';
import { emptySketch, type Sketch } from '../base/sketch.ts';
import { stateLimit } from '../coordination/state-backend.ts';
import { type AdaptiveTimeout, freshTimeout } from '../safety/adaptive-timeout.ts';
import { type Breaker, closedBreaker } from '../safety/circuit-breaker.ts';
import type { Failure } from '../safety/failure-memory.ts';
import type { BrakeMemory } from '../safety/health-brake.ts';
import { type Bucket, type BucketPolicy, fullBucket } from '../safety/token-bucket.ts';
import { type Baseline, decodeStatements, encodeStatements, keyHash } from './baseline.ts';

/**
 * Everything about one target that the next cycle needs, wherever it runs. Saved after each cycle,
 * at most `stateLimit` bytes.
 */
export interface TargetState {
  readonly cycle: number;
  /** Of the spec that the failures were met under: another spec may allow what this one did not. */
  readonly generation: number;
  /** When the last cycle began, milliseconds since the epoch: the next owner keeps the cadence. */
  readonly startedAt?: number;
  readonly baseline?: Baseline;
  /** Interval means of the heaviest statements. */
  readonly sketches: ReadonlyMap<string, Sketch>;
  /** When a statement was last explained, and what came out. */
  readonly explained: ReadonlyMap<string, ExplainedMark>;
  readonly failures: ReadonlyMap<string, Failure>;
  readonly breaker: Breaker;
  readonly timeout: AdaptiveTimeout;
  readonly explains: Bucket;
  readonly databaseTime: Bucket;
  readonly brake: BrakeMemory;
  /** What the engine wants to know again; opaque here. */
  readonly notes?: unknown;
  /** What each selection strategy is owed. */
  readonly credits: Readonly<Record<string, number>>;
}

export interface ExplainedMark {
  at: number;
  fingerprint: string;
  hash: string;
}

export const sketchLimit = 200;
const markLimit = 1_000;
const expandedLimit = 8 * 1_048_576;

export function freshState(
  now: number,
  explains: BucketPolicy,
  databaseTime: BucketPolicy,
): TargetState {
  return {
    cycle: 0,
    generation: 0,
    sketches: new Map(),
    explained: new Map(),
    failures: new Map(),
    breaker: closedBreaker,
    timeout: freshTimeout,
    explains: fullBucket(explains, now),
    databaseTime: fullBucket(databaseTime, now),
    brake: {},
    credits: {},
  };
}

/**
 * A version, whether statements are missing, the length of what follows as compressed JSON, and the
 * baseline's statements behind it. A version that a program does not know makes it start afresh: so
 * two of them can take turns while one replaces the other.
 */
const stateVersion = 2;
const headBytes = 6;
/**
 * Of the limit, for all that is not the baseline: a thousand plans' marks and two hundred sketches.
 * The baseline has what they leave.
 */
const restLimit = 0.45 * stateLimit;

/**
 * What is too much goes by its age: marks of plans and failures, and statements that have not moved
 * for longest.
 */
export function encodeState(state: TargetState): Uint8Array {
  let rest = compressJson(toJson(state, 1));
  for (let share = 0.7; rest.byteLength > restLimit; share *= 0.7)
    rest = compressJson(toJson(state, share));
  const statements: Baseline['statements'] = state.baseline?.statements ?? new Map();
  const { bytes, count } = encodeStatements(statements, stateLimit - headBytes - rest.byteLength);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(stateVersion, 0);
  head.writeUInt8(count < statements.size ? 1 : 0, 1);
  head.writeUInt32LE(rest.byteLength, 2);
  return Uint8Array.from(Buffer.concat([head, rest, bytes]));
}

const round = (value: number) => (Number.isInteger(value) ? value : Number(value.toPrecision(9)));

function withoutStatements(baseline: Baseline): Omit<Baseline, 'statements'> {
  const { statements: _, ...rest } = baseline;
  return rest;
}

/** A state as JSON, but for its baseline's statements: maps are lists of their entries. */
interface Saved extends Omit<TargetState, 'baseline' | 'sketches' | 'explained' | 'failures'> {
  baseline?: Omit<Baseline, 'statements'>;
  sketches: [key: string, count: number, buckets: Sketch['buckets']][];
  explained: [key: string, at: number, fingerprint: string, hash: string][];
  failures: [key: string, code: Failure['code'], until: number, fingerprint: string][];
}

function toJson(
  { baseline, sketches, explained, failures, ...rest }: TargetState,
  share: number,
): Saved {
  return {
    ...rest,
    ...(baseline ? { baseline: withoutStatements(baseline) } : {}),
    sketches: [...sketches]
      .slice(0, Math.floor(sketchLimit * share))
      .map(([key, { count, buckets }]) => [
        key,
        round(count),
        buckets.map(([index, weight]) => [index, round(weight)]),
      ]),
    explained: newest(explained, markLimit * share, ({ at }) => at).map(
      ([key, { at, fingerprint, hash }]) => [key, at, fingerprint, hash],
    ),
    failures: newest(failures, markLimit * share, ({ until }) => until).map(
      ([key, { code, until, fingerprint }]) => [key, code, until, fingerprint],
    ),
  };
}

const newest = <T>(map: ReadonlyMap<string, T>, limit: number, time: (value: T) => number) =>
  [...map].sort(([, a], [, b]) => time(b) - time(a)).slice(0, Math.floor(limit));

type FirstVersion = Saved & {
  version: number;
  baseline?: { statements: readonly (readonly [string, ...number[]])[] };
};

/** Undefined for bytes of another version or none of ours: then the target starts afresh. */
export function decodeState(bytes: Uint8Array): TargetState | undefined {
  try {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.readUInt8(0) !== stateVersion) return decodeFirstVersion(bytes);
    const end = headBytes + view.readUInt32LE(2);
    const rest = expandJson(view.subarray(headBytes, end), expandedLimit) as Saved;
    return toState(rest, decodeStatements(view.subarray(end)), view.readUInt8(1) === 1);
  } catch {
    return undefined;
  }
}

/** Compressed JSON alone, with the thousand heaviest statements by their keys. */
function decodeFirstVersion(bytes: Uint8Array): TargetState | undefined {
  const { version, ...json } = expandJson(bytes, expandedLimit) as FirstVersion;
  if (version !== 1) return undefined;
  const statements = (json.baseline?.statements ?? []).map(
    ([key, calls = 0, totalMs = 0, , stddevMs = -1, rows = 0, temp = 0]) =>
      [
        keyHash(key),
        { calls, totalMs, rows, temp, ...(stddevMs < 0 ? {} : { stddevMs }), idle: 0 },
      ] as const,
  );
  return toState(json, new Map(statements), false);
}

function toState(
  { baseline, sketches, explained, failures, ...rest }: Saved,
  statements: Baseline['statements'],
  truncated: boolean,
): TargetState {
  return {
    ...rest,
    ...(baseline
      ? { baseline: { ...baseline, truncated: baseline.truncated || truncated, statements } }
      : {}),
    sketches: new Map(
      sketches.map(([key, count, buckets]) => [
        key,
        buckets.length ? { count, buckets } : emptySketch,
      ]),
    ),
    explained: new Map(
      explained.map(([key, at, fingerprint, hash]) => [key, { at, fingerprint, hash }]),
    ),
    failures: new Map(
      failures.map(([key, code, until, fingerprint]) => [key, { code, until, fingerprint }]),
    ),
  };
}
