import type { VerdictKind } from './verdict.ts';

/** The gravest first. */
export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** What has to be changed: what a team that has a finding asks first. */
export const categories = [
  'index',
  'estimate',
  'join',
  'statement',
  'maintenance',
  'configuration',
] as const;
export type Category = (typeof categories)[number];

/** What a rule saw in one plan of one statement. Texts are whole sentences without literals. */
export interface Finding {
  rule: string;
  category: Category;
  /** Of what it could save. */
  severity: Severity;
  /** One line: what, where, how much. */
  message: string;
  /** What to do about it; SQL where it can be said. */
  fix: string;
  /** Nodes of the plan it speaks of. */
  nodes: number[];
  /** Share of the interval's database time that the statement takes, 0..1. */
  timeShare: number;
  /** Share of the interval's database time that could be saved at most, 0..1. */
  saves: number;
  /** How likely such a finding is right, 0..1. */
  confidence: number;
  /** What has the same cause, and goes when it does. */
  also?: { rule: string; message: string }[];
  /** What somebody said of it at this statement; in force. */
  verdict?: VerdictKind;
}
