import type { Category } from '../../src/model/finding.ts';
import type { CaseResult } from './result.ts';
import { standingOf, type Verdict, verdictOf } from './verdict.ts';

/** Verdicts → precision, recall and F1, by rule, category, kind of defect and server. */
export interface Tally {
  /** Defects that should be found, and those that were. */
  cases: number;
  found: number;
  /** Findings that were right, and those that were not. */
  right: number;
  alarms: number;
}

/** The groups in which it was measured before: maintenance and configuration are one. */
export const groups = ['index', 'estimate', 'join', 'statement', 'other'] as const;
export type Group = (typeof groups)[number];
export const groupOf = (category: Category): Group =>
  category === 'maintenance' || category === 'configuration' ? 'other' : category;

export interface Score {
  byGroup: Record<Group, Tally>;
  byRule: Record<string, Tally>;
  byDefect: Record<string, Tally>;
  /** Mean of F1 over groups and over kinds of defects that have cases. */
  macroF1: number;
  macroF1OfDefects: number;
  healthy: { cases: number; alarmed: number };
  leftOut: { noDefect: number; notCollected: number; broken: number };
  /** Defects that were missed because there was no plan. */
  withoutPlan: number;
}

interface Judged {
  result: CaseResult;
  verdict: Verdict;
}

/** `ofRule`: the category of what a rule finds. */
export function scoreOf(results: readonly CaseResult[], ofRule: (rule: string) => Category): Score {
  const standing = results.map((result) => ({ result, standing: standingOf(result) }));
  const counted = (wanted: string) => standing.filter(({ standing: is }) => is === wanted).length;
  const judged = standing
    .filter(({ standing: is }) => is === 'scored')
    .map(({ result }): Judged => ({ result, verdict: verdictOf(result) }));
  const byGroup = tallyGroups(judged, ofRule);
  const byDefect = tallyDefects(judged);
  const controls = judged.filter(({ result }) => result.label.kind === 'healthy');
  return {
    byGroup,
    byRule: tallyRules(judged),
    byDefect,
    macroF1: macro(Object.values(byGroup)),
    macroF1OfDefects: macro(Object.values(byDefect)),
    healthy: {
      cases: controls.length,
      alarmed: controls.filter(({ verdict }) => verdict.alarms.length > 0).length,
    },
    leftOut: {
      noDefect: counted('no defect'),
      notCollected: counted('not collected'),
      broken: counted('broken'),
    },
    withoutPlan: judged.filter(
      ({ result: { label, outcome } }) => label.kind === 'defect' && outcome.kind !== 'explained',
    ).length,
  };
}

const nothing: Tally = { cases: 0, found: 0, right: 0, alarms: 0 };
const add = (a: Tally = nothing, b: Partial<Tally>): Tally => ({
  cases: a.cases + (b.cases ?? 0),
  found: a.found + (b.found ?? 0),
  right: a.right + (b.right ?? 0),
  alarms: a.alarms + (b.alarms ?? 0),
});

function gather<K extends string>(entries: readonly (readonly [K, Partial<Tally>])[]) {
  const tallies: Partial<Record<K, Tally>> = {};
  for (const [key, tally] of entries) tallies[key] = add(tallies[key], tally);
  return tallies;
}

const foundOnce = ({ found }: Verdict): Partial<Tally> => ({
  cases: 1,
  found: Number(found),
  right: Number(found),
});

/** An alarm is laid to the group of the rule that gave it. */
function tallyGroups(judged: readonly Judged[], ofRule: (rule: string) => Category) {
  const entries = judged.flatMap(({ result: { label }, verdict }) => [
    ...(label.kind === 'defect' ? [[groupOf(label.category), foundOnce(verdict)] as const] : []),
    ...verdict.alarms.map((rule) => [groupOf(ofRule(rule)), { alarms: 1 }] as const),
  ]);
  const empty = groups.map((group) => [group, {}] as const);
  return gather<Group>([...empty, ...entries]) as Record<Group, Tally>;
}

/** Recall is asked of the rule that the label names first: whichever of them spoke. */
function tallyRules(judged: readonly Judged[]): Record<string, Tally> {
  return gather<string>(
    judged.flatMap(({ result: { label }, verdict }) => [
      ...(label.kind === 'defect'
        ? [[label.rules[0] ?? '', { cases: 1, found: Number(verdict.found) }] as const]
        : []),
      ...verdict.right.map((rule) => [rule, { right: 1 }] as const),
      ...verdict.alarms.map((rule) => [rule, { alarms: 1 }] as const),
    ]),
  ) as Record<string, Tally>;
}

/** An alarm is laid to the kind of defect in whose case it was given. */
function tallyDefects(judged: readonly Judged[]): Record<string, Tally> {
  return gather<string>(
    judged.flatMap(({ result: { label }, verdict }) =>
      label.kind === 'defect'
        ? [[label.defect, { ...foundOnce(verdict), alarms: verdict.alarms.length }] as const]
        : [],
    ),
  ) as Record<string, Tally>;
}

/** Undefined where there is nothing to have a share of. */
export const precisionOf = ({ right, alarms }: Tally): number | undefined =>
  right + alarms > 0 ? right / (right + alarms) : undefined;
export const recallOf = ({ cases, found }: Tally): number | undefined =>
  cases > 0 ? found / cases : undefined;
/** Not known either where all that was found was found by other rules. */
export function f1Of(tally: Tally): number | undefined {
  const recall = recallOf(tally);
  if (recall === undefined || recall === 0) return recall;
  const precision = precisionOf(tally);
  if (precision === undefined) return undefined;
  return precision > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

function macro(tallies: readonly Tally[]): number {
  const known = tallies.map(f1Of).filter((each) => each !== undefined);
  return known.length ? known.reduce((sum, each) => sum + each, 0) / known.length : 0;
}
