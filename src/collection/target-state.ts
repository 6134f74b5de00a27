import { compressJson, expandJson } from '../base/compress.ts';
import { emptySketch, type Sketch } from '../base/sketch.ts';
import { type AdaptiveTimeout, freshTimeout } from '../safety/adaptive-timeout.ts';
import { type Breaker, closedBreaker } from '../safety/circuit-breaker.ts';
import type { Failure } from '../safety/failure-memory.ts';
import type { BrakeMemory } from '../safety/health-brake.ts';
import { type Bucket, type BucketPolicy, fullBucket } from '../safety/token-bucket.ts';
import { stateLimit } from '../state/state-backend.ts';
import type { Baseline, BaselineEntry } from './delta.ts';

/** Everything about one target that the next cycle needs, wherever it runs. Saved after each cycle, at most `stateLimit` bytes. */
export interface TargetState {
  cycle: number;
  /** Of the spec that the failures were met under: another spec may allow what this one did not. */
  generation: number;
  /** When the last cycle began, milliseconds since the epoch: the next owner keeps the cadence. */
  startedAt?: number;
  baseline?: Baseline;
  /** Interval means of the heaviest statements. */
  sketches: Map<string, Sketch>;
  /** When a statement was last explained, and what came out. */
  explained: Map<string, ExplainedMark>;
  failures: Map<string, Failure>;
  breaker: Breaker;
  timeout: AdaptiveTimeout;
  explains: Bucket;
  databaseTime: Bucket;
  brake: BrakeMemory;
  /** What the engine wants to know again; opaque here. */
  notes?: unknown;
  /** What each selection strategy is owed. */
  credits: Record<string, number>;
}

export interface ExplainedMark {
  at: number;
  fingerprint: string;
  hash: string;
}

export const sketchLimit = 200;
const markLimit = 1_000;
const stateVersion = 1;
const expandedLimit = 8 * 1_048_576;

export function freshState(now: number, explains: BucketPolicy, databaseTime: BucketPolicy): TargetState {
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

/** Compressed JSON; if it is too large, the lightest statements go until it fits. */
export function encodeState(state: TargetState): Uint8Array {
  for (let share = 1; ; share /= 2) {
    const bytes = compressJson(toJson(state, share));
    if (bytes.byteLength <= stateLimit) return bytes;
  }
}

const round = (value: number) => (Number.isInteger(value) ? value : Number(value.toPrecision(9)));

function toJson({ baseline, sketches, explained, failures, ...rest }: TargetState, share: number) {
  const statements = baseline ? [...baseline.statements].slice(0, Math.floor(baseline.statements.size * share)) : [];
  return {
    version: stateVersion,
    ...rest,
    ...(baseline
      ? {
          baseline: {
            ...baseline,
            truncated: baseline.truncated || share < 1,
            statements: statements.map(([key, entry]) => [key, ...entry.map(round)]),
          },
        }
      : {}),
    sketches: [...sketches]
      .slice(0, Math.floor(sketchLimit * share))
      .map(([key, { count, buckets }]) => [key, round(count), buckets.map(([index, weight]) => [index, round(weight)])]),
    explained: newest(explained, markLimit * share, ({ at }) => at).map(([key, { at, fingerprint, hash }]) => [key, at, fingerprint, hash]),
    failures: newest(failures, markLimit * share, ({ until }) => until).map(([key, { code, until, fingerprint }]) => [
      key,
      code,
      until,
      fingerprint,
    ]),
  };
}

const newest = <T>(map: Map<string, T>, limit: number, time: (value: T) => number) =>
  [...map].sort(([, a], [, b]) => time(b) - time(a)).slice(0, Math.floor(limit));

/** Undefined for bytes of another version or none of ours: then the target starts afresh. */
export function decodeState(bytes: Uint8Array): TargetState | undefined {
  let json: ReturnType<typeof toJson>;
  try {
    json = expandJson(bytes, expandedLimit) as ReturnType<typeof toJson>;
  } catch {
    return undefined;
  }
  if (json.version !== stateVersion) return undefined;
  const { version: _, baseline, sketches, explained, failures, ...rest } = json;
  return {
    ...rest,
    ...(baseline
      ? {
          baseline: {
            ...baseline,
            statements: new Map(baseline.statements.map(([key, ...entry]) => [key as string, entry as unknown as BaselineEntry])),
          },
        }
      : {}),
    sketches: new Map(
      (sketches as [string, number, [number, number][]][]).map(([key, count, buckets]) => [
        key,
        buckets.length ? { count, buckets } : emptySketch,
      ]),
    ),
    explained: new Map(
      (explained as [string, number, string, string][]).map(([key, at, fingerprint, hash]) => [key, { at, fingerprint, hash }]),
    ),
    failures: new Map(
      (failures as [string, Failure['code'], number, string][]).map(([key, code, until, fingerprint]) => [
        key,
        { code, until, fingerprint },
      ]),
    ),
  };
}
