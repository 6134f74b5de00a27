import { createLru } from '../../base/lru.ts';
import type { Unexplained } from '../../plans/batch.ts';
import type { Fingerprint } from '../../plans/plan.ts';
import { redactSql } from '../../plans/redact.ts';
import type { KnownTyping } from './explain.ts';
import { isRefusal, type ParsedStatement, parseStatement } from './parse.ts';
import { makeTemplate, type Template } from './repair.ts';

/** What is known of a statement's text between cycles: parsing costs 0.7 ms, so it happens once. Shared by all targets, bounded in entries and in text. */
export interface KnownStatement {
  fingerprint: Fingerprint;
  redacted?: string;
  parsed?: ParsedStatement;
  template?: Template;
  typing: KnownTyping | undefined;
  refusal?: Unexplained;
}

export interface StatementCache {
  get(target: string, key: string): KnownStatement | undefined;
  set(target: string, key: string, known: KnownStatement): void;
}

const entryLimit = 20_000;

export function createStatementCache(): StatementCache {
  const entries = createLru<string, KnownStatement>(entryLimit);
  return {
    get: (target, key) => entries.get(`${target} ${key}`),
    set: (target, key, known) => entries.set(`${target} ${key}`, known),
  };
}

const fingerprintAlgorithm = 'pg_query-18';
const hiddenText = '<insufficient privilege>';

/** From the text that the server's statistics hold; undefined where it holds none. */
export function knownStatement(nativeId: string, text: string | undefined, textLimit: number): KnownStatement {
  const unparsed: Fingerprint = { algorithm: 'native', value: `q${nativeId}` };
  if (text === undefined)
    return { fingerprint: unparsed, typing: undefined, refusal: { code: 'no_sample', detail: 'the server has no text for it' } };
  if (text === hiddenText)
    return {
      fingerprint: unparsed,
      typing: undefined,
      refusal: { code: 'insufficient_privilege', detail: 'pg_read_all_stats is missing' },
    };
  const redacted = redactSql(text.length > textLimit ? text.slice(0, 1_024) : text);
  const parsed = parseStatement(text, textLimit);
  if (isRefusal(parsed)) return { fingerprint: unparsed, redacted, typing: undefined, refusal: refuse(parsed) };
  return {
    fingerprint: { algorithm: fingerprintAlgorithm, value: parsed.fingerprint },
    redacted,
    parsed,
    template: makeTemplate(text, parsed),
    typing: undefined,
  };
}

export const refuse = ({ code, detail }: Unexplained): Unexplained => (detail === undefined ? { code } : { code, detail });
