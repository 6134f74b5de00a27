import type { Code } from '../base/codes.ts';

/** What a statement failed with, and until when we need not ask again. Bounded by its owner. */
export interface Failure {
  code: Code;
  until: number;
  /** Of which statement, to find its text again. */
  fingerprint: string;
}

const day_ms = 86_400_000;
const retryTimeout_ms = 600_000;
/** Nothing about the statement will change by asking again soon. */
const intrinsic = new Set<Code>([
  'undefined_relation',
  'ambiguous_schema',
  'not_explainable_statement',
  'untrusted_function',
  'remote_estimate',
  'parameter_type_unknown',
  'truncated_text',
  'unparsable',
  'too_large',
  'too_many_relations',
  'redaction_failed',
]);

/** Undefined: forget it; the next cycle may try again. Permission errors are mended by people, who want to see the effect at once. */
export function rememberFailure(code: Code, fingerprint: string, now: number): Failure | undefined {
  if (intrinsic.has(code)) return { code, fingerprint, until: now + day_ms };
  return code === 'statement_timeout' ? { code, fingerprint, until: now + retryTimeout_ms } : undefined;
}
