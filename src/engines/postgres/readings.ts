import { hash } from 'node:crypto';
import { createLru } from '../../base/lru.ts';
import { refused } from '../../model/refusal.ts';
import type { Candidate, Typing } from './repair.ts';

/**
 * What was found out about a text that may mean the tables of several schemas, by whichever of its
 * entries it was asked for: with a schema for each tenant the statistics have an entry for each,
 * and the Query Identifier alone says whose it is. Each question teaches what another entry would
 * ask.
 */
export interface Readings {
  /** By Query Identifier: over which tables, and with which casts, the text has it. */
  readonly byId: Map<string, { meaning: string; types: Typing }>;
  /** Meanings of which no other identifier can be found. */
  readonly tried: Set<string>;
  /** Those that have another with the types that were right in one of them. */
  readonly unlike: Set<string>;
  /** Those that we may not ask about, or whose tables gave no answer. */
  readonly barred: Set<string>;
  /** How its parameters were typed in one of them: mostly it is the same in the others. */
  alike?: Alike;
  /** When whoever asks now is done. */
  turn: Promise<unknown>;
  /** Milliseconds since the epoch: tables come and go. */
  readonly since: number;
}

export interface Alike {
  /** Absent: all were parameters of the application. */
  guess?: Candidate;
  types: Typing;
}

export interface ReadingsMemory {
  get(text: string, now: number): Readings | undefined;
  start(text: string, now: number): Readings;
}

export const stillSought = refused('rate_limited', 'which of the schemas is meant is looked for');

/** Of all targets. */
const textsLimit = 500;
/** Of a text: of each schema one, and some more by guesses at types that were wrong. */
export const idsLimit = 400;
const valid_ms = 43_200_000;

export function createReadings(): ReadingsMemory {
  const known = createLru<string, Readings>(textsLimit);
  const get = (text: string, now: number) => {
    const readings = known.get(text);
    return readings && now - readings.since < valid_ms ? readings : undefined;
  };
  return {
    get,
    start(text, now) {
      const readings = get(text, now) ?? {
        byId: new Map(),
        tried: new Set(),
        unlike: new Set(),
        barred: new Set(),
        turn: Promise.resolve(),
        since: now,
      };
      known.set(text, readings);
      return readings;
    },
  };
}

/** `scope`: the target, and what makes what is known of it void. */
export const readingsKey = (
  scope: string,
  { user, database }: { user: string; database: string },
  text = '',
): string => hash('sha256', [scope, user, database, text].join('\0'), 'base64');
