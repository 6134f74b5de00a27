import type { Unasked } from '../../src/analysis/examine.ts';
import type { Code } from '../../src/base/codes.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { ReadingRemark } from '../../src/model/reading-remark.ts';
import type { PlanPart } from './plan-parts.ts';

/** What a page and the worker that reads pasted plans say to each other: data that is copied. */
export interface Request {
  id: number;
  /** One plan, or two: before and after. Long texts come as UTF-8, which is moved, not copied. */
  texts: readonly (Omit<Text, 'text'> & { text: string | Uint8Array<ArrayBuffer> })[];
}

export interface Text {
  /** One EXPLAIN, in whatever frame, or a packed plan. */
  text: string;
  /** The statement that was explained, where somebody says it: kept with the plan, redacted. */
  statement?: string | undefined;
}

export type Reply =
  | ({ kind: 'progress'; id: number } & Progress)
  | ({ kind: 'part'; id: number; text: number } & PlanPart)
  | { kind: 'answer'; id: number; answers: Answer[] };

/** How far it is with one of the texts. */
export interface Progress {
  /** Which of the texts, from 0. */
  text: number;
  doing: 'read' | 'examine';
}

/** What came of one text. */
export type Answer = ReadPlan | RefusedText;

export interface ReadPlan {
  kind: 'plan';
  /** As its makers write it: `PostgreSQL`. */
  label: string;
  /** `plan.engine` and `plan.sourceFormat` say who printed it and how. */
  plan: Plan;
  /** The same as one text; absent where it would be too large. */
  packed: string | undefined;
  /** The worst first; of the second plan they know the first. */
  findings: Finding[];
  /** Rules that would have to know what only a server tells. */
  unasked: Unasked[];
  /** What of the text was not understood; the plan is right without it. */
  remarks: Remark[];
}

export type Remark = ReadingRemark;

export interface RefusedText {
  kind: 'refused';
  code: Code;
  /** A sentence: what was found, what was expected. */
  message: string;
  /** Where reading ended, from 1; absent where the text as a whole is no plan. */
  line?: number;
}
