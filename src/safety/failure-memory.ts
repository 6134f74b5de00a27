import type { Code } from '../base/codes.ts';

/** What a statement failed with, and until when we need not ask again. Bounded by its owner. */
export interface Failure {
  code: Code;
  until: number;
  /** Of which statement, to find its text again. */
  fingerprint: string;
}

/**
 * Nothing about the statement itself will change: asking again is for the day on which our own
 * reading gets better, or the server does not crash any more.
 */
const forDay = new Set<Code>([
  'not_explainable_statement',
  'parameter_type_unknown',
  'truncated_text',
  'unparsable',
  'too_large',
  'server_lost',
]);
/**
 * What a DBA can mend on the server; who did wants to see it the same hour. A table may be made
 * anew each night, and we have come in between. A changed spec forgets everything at once.
 */
const forHour = new Set<Code>([
  'undefined_relation',
  'ambiguous_schema',
  'session_setting_missing',
  'untrusted_function',
  'remote_estimate',
  'too_many_relations',
]);
/** Others get their turn meanwhile; what runs at that moment can be explained without it. */
const forMinutes = new Set<Code>([
  'connection_failed',
  'catalog_inconsistent',
  'statement_timeout',
  'degenerate_plan',
  'text_unreadable',
  'texts_too_large',
]);
const day_ms = 86_400_000;
const hour_ms = 3_600_000;
const minutes_ms = 600_000;

/**
 * Undefined: forget it; the next cycle may try again. Permission errors are mended by people, who
 * want to see the effect at once.
 */
export function rememberFailure(code: Code, fingerprint: string, now: number): Failure | undefined {
  const ms = forDay.has(code)
    ? day_ms
    : forHour.has(code)
      ? hour_ms
      : forMinutes.has(code)
        ? minutes_ms
        : undefined;
  return ms === undefined ? undefined : { code, fingerprint, until: now + ms };
}

/**
 * Of two with which the server was lost within a day, the fault is in no statement alone: each
 * further one may be an outage.
 */
export const losesServer = (failures: Iterable<Failure>, now: number): boolean =>
  [...failures].filter(({ code, until }) => code === 'server_lost' && until > now).length > 1;
