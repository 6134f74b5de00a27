import type { Code } from '../base/codes.ts';

/** Why a statement has no plan: the one shape of a no, from its text to its place in the report. */
export interface Refusal {
  kind: 'refused';
  code: Code;
  /** A clause that says more: a relation's name, a size. No literal. */
  detail?: string;
}

export const refused = (code: Code, detail?: string): Refusal => ({
  kind: 'refused',
  code,
  ...(detail ? { detail } : {}),
});
