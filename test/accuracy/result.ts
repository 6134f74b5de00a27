import type { RuleContext } from '../../src/analysis/rule.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Label } from './case.ts';
import type { Cost } from './cost.ts';

/** What became of one case on one server: all that is scored, printed and kept. Plain data. */
export const serverNames = ['postgres-18', 'postgres-14', 'mysql-9', 'mariadb-11.4'] as const;
export type ServerName = (typeof serverNames)[number];

export const engineOf = (server: ServerName): EngineName =>
  server.startsWith('postgres') ? 'postgres' : server === 'mysql-9' ? 'mysql' : 'mariadb';

export interface CaseResult {
  server: ServerName;
  world: string;
  heldOut: boolean;
  case: string;
  label: Label;
  /** What was called, first of all values: for people. */
  call: string;
  /** Absent: of a control, or it could not be run. */
  cost?: Cost;
  outcome: Outcome;
  /** What became of the fixes that are SQL, where they were run. */
  fixes?: FixRun[];
}

export interface FixRun {
  rule: string;
  sql: string;
  error?: string;
  makesIndex: boolean;
  /** The plan afterwards reads an index that it made. */
  used: boolean;
  /** The rule has nothing to say of the plan afterwards. */
  gone: boolean;
}

export type Outcome =
  | { kind: 'explained'; plan: Plan; context: JudgedBy; findings: Spoken[] }
  /** The product says why it has no plan, and what it has found all the same, where it looked. */
  | { kind: 'refused'; code: string; detail?: string; judged?: Judged }
  /** It ran, and the product has not chosen it. */
  | { kind: 'unseen' }
  /** The case itself does not run: its author has to mend it. */
  | { kind: 'broken'; message: string };

export interface Judged {
  context: JudgedBy;
  findings: Spoken[];
}

/** Undefined: nothing was looked at. */
export const judgedIn = (outcome: Outcome): Judged | undefined =>
  outcome.kind === 'explained' ? outcome : outcome.kind === 'refused' ? outcome.judged : undefined;

/** All that rules were given besides the plan. */
export type JudgedBy = RuleContext & { timeShare: number };

/** A finding, as far as it is scored. */
export interface Spoken {
  rule: string;
  message: string;
  fix: string;
  /** What follows from the same cause, folded under it. */
  also?: { rule: string; message: string }[];
}
