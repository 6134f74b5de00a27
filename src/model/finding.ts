export type Severity = 'info' | 'warning' | 'critical';

/** What a rule saw in one plan of one statement. Texts are whole sentences without literals. */
export interface Finding {
  rule: string;
  severity: Severity;
  /** One line: what, where, how much. */
  message: string;
  /** What to do about it; SQL where it can be said. */
  fix: string;
  /** Nodes of the plan it speaks of. */
  nodes: number[];
  /** Share of the interval's database time that the statement takes, 0..1. */
  timeShare: number;
}
