import type { Code } from '../base/codes.ts';

/** What a statement failed with, and until when we need not ask again. Bounded by its owner. */
export interface Failure {
  code: Code;
  until: number;
}

const day_ms = 86_400_000;
/** Nothing about the statement will change by asking again soon. */
const intrinsic = new Set<Code>([
  'undefined_relation', 'ambiguous_schema', 'not_explainable_statement', 'untrusted_function', 'remote_estimate', 'parameter_type_unknown',
  'truncated_text', 'unparsable', 'too_large', 'too_many_relations', 'redaction_failed',
]);

/** Undefined: forget it; the next cycle may try again. Permission errors are mended by people, who want to see the effect at once. */
export function rememberFailure(code: Code, now: number): Failure | undefined {
  if (intrinsic.has(code)) return { code, until: now + day_ms };
  return code === 'statement_timeout' ? { code, until: now + 600_000 } : undefined;
}
