import { hash } from 'node:crypto';
import { createLru } from '../../base/lru.ts';
import { tokenize } from '../../dialects/postgres/lexer.ts';
import { redactSql, redactTokens } from '../../dialects/postgres/redact.ts';
import type { Fingerprint } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { KnownTyping } from './explain-job.ts';
import { fingerprintAlgorithm, type ParsedStatement, parseStatement } from './parse.ts';
import { createPlanReader, type PlanReader } from './plan-reader.ts';
import { readable } from './readable.ts';
import { createReadings, type ReadingsMemory } from './readings.ts';
import { makeTemplate, type Template } from './repair.ts';
import { type TypesBefore, typesBefore } from './types-before.ts';
import { type Habits, newHabits } from './typing.ts';

/** What a text says: the same for every target that runs it. To read it is dear, at first most. */
interface ReadText {
  fingerprint: Fingerprint;
  redacted?: string;
  parsed?: ParsedStatement;
  template?: Template;
  refusal?: Refusal;
  text?: string;
  /**
   * The template with its names qualified, as it was last wanted: one object, whichever target
   * asks. Filled in place, since every target's statement refers to it.
   */
  readonly qualified: { key?: string; template?: Template | undefined };
}

/** A statement of one target. How its parameters are typed is the target's own. */
export interface KnownStatement extends ReadText {
  typing: KnownTyping | undefined;
  /** Which of the meanings that its names may have it is. */
  way?: string;
  /** Its text with those names written out. */
  named?: { schema: string; fingerprint: Fingerprint; redacted: string };
  /** An EXPLAIN of it outstayed its time. */
  slow?: boolean;
}

/**
 * Between cycles, shared by all targets, bounded. Databases of one application have the same texts:
 * each is read once, and kept once.
 */
export interface StatementCache {
  get(target: string, key: string): KnownStatement | undefined;
  /** Which guesses at types were right in this target's statements. */
  habits(target: string): Habits;
  /** Of parameters in statements of which this is alike; asked for where it is needed. */
  typesBefore(target: string, scope: () => string): TypesBefore;
  /**
   * From the text that the server's statistics hold; undefined where they hold none, which is not
   * remembered.
   */
  learn(
    target: string,
    key: string,
    nativeId: string,
    text: string | undefined,
    textLimit: number,
  ): KnownStatement;
  readonly readPlan: PlanReader;
  readonly readings: ReadingsMemory;
  /** From a text seen running: it has real values, and is not kept. */
  readOnce(nativeId: string, text: string, textLimit: number): KnownStatement;
}

const textsLimit = 10_000;
const targetsLimit = 10_000;
/** Of all targets: new statements come many at a time. */
const typesLimit = 10_000;
const weightLimit = 100_000;
/** Of a statement with a text of its own, against one whose text another target brought. */
const ownWeight = 10;

export function createStatementCache(): StatementCache {
  const statements = createLru<string, KnownStatement>(weightLimit);
  const habits = createLru<string, Habits>(targetsLimit);
  const texts = createLru<string, ReadText>(textsLimit);
  const types = createLru<string, string>(typesLimit);
  return {
    readPlan: createPlanReader(),
    readings: createReadings(),
    get: (target, key) => statements.get(`${target} ${key}`),
    habits(target) {
      const known = habits.get(target) ?? newHabits();
      habits.set(target, known);
      return known;
    },
    typesBefore: (target, scope) => typesBefore(types, () => `${target}\0${scope()}`),
    learn(target, key, nativeId, found, limit) {
      // of a file that was cut the server reads zeros
      const text = found === '' ? undefined : found;
      const id =
        text === undefined || text === hiddenText
          ? undefined
          : `${limit} ${hash('sha256', text, 'base64')}`;
      const shared = id && texts.get(id);
      const read =
        shared || (text === undefined ? lost(key, nativeId) : readText(nativeId, text, limit));
      // Without a fingerprint of the parser it has the server's, which is another on each server.
      if (id && read.parsed) texts.set(id, read);
      const known: KnownStatement = { ...read, typing: undefined };
      if (id) statements.set(`${target} ${key}`, known, shared ? 1 : ownWeight);
      return known;
    },
    readOnce: (nativeId, text, limit) => ({
      ...readText(nativeId, text, limit),
      typing: undefined,
    }),
  };
}

const hiddenText = '<insufficient privilege>';

/** A statement whose text could not be had. */
export const unread = (nativeId: string, refusal: Refusal, beginning?: string): KnownStatement => ({
  fingerprint: nativeFingerprint(nativeId),
  qualified: {},
  ...(beginning === undefined ? {} : { redacted: redactSql(beginning) }),
  refusal,
  typing: undefined,
});

const nativeFingerprint = (nativeId: string): Fingerprint => ({
  algorithm: 'native',
  value: `q${nativeId}`,
});

/**
 * Its text does not come back by itself: an entry gets one when it is made. `key`:
 * `user/database/id`.
 */
const lost = (key: string, nativeId: string): ReadText => {
  const [user, database] = key.split('/');
  const detail =
    'the server has lost its text; it comes back after SELECT ' +
    `pg_stat_statements_reset(${user}, ${database}, ${nativeId});`;
  return {
    fingerprint: nativeFingerprint(nativeId),
    qualified: {},
    refusal: refused('no_sample', detail),
  };
};

function readText(nativeId: string, written: string, limit: number): ReadText {
  const unparsed = { fingerprint: nativeFingerprint(nativeId), qualified: {} };
  if (written === hiddenText)
    return {
      ...unparsed,
      refusal: refused('insufficient_privilege', 'pg_read_all_stats is missing'),
    };
  if (written.length > limit) {
    const refusal = refused(
      'too_large',
      `text of ${Buffer.byteLength(written)} bytes, limit ${limit}`,
    );
    return { ...unparsed, redacted: redactSql(written.slice(0, 1_024)), refusal };
  }
  const tokens = tokenize(written);
  const redacted = redactTokens(tokens);
  const text = readable(written);
  const ofText = text === written ? tokens : tokenize(text);
  const parsed = parseStatement(text, limit, ofText);
  if (parsed.kind === 'refused') return { ...unparsed, redacted, refusal: parsed };
  return {
    fingerprint: { algorithm: fingerprintAlgorithm, value: parsed.fingerprint },
    redacted,
    parsed,
    text,
    qualified: {},
    template: makeTemplate(text, parsed, ofText),
  };
}
