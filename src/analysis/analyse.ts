import type { DialectName, EngineName } from '../model/engine-name.ts';
import type { Finding, Severity } from '../model/finding.ts';
import { type Plan, preorder } from '../model/plan.ts';
import { foldTogether } from './fold.ts';
import { withNumbersForTexts } from './numbers-for-texts.ts';
import { outlineOf } from './outline.ts';
import {
  type Outline,
  type Rule,
  type RuleContext,
  type RuleMatch,
  speaksOf,
  threshold,
} from './rule.ts';
import { matchesOf } from './said-before.ts';

/**
 * Every rule over one plan: what they see → findings with what each could save → those with one
 * cause told as one → what is worth telling and not muted, worst first.
 */
export interface Judging {
  mutes: readonly Mute[];
  /** Of the statement in the interval's database time, 0..1. */
  timeShare: number;
  /** What people's verdicts have made of a rule, 0..1; undefined: nobody has judged it. */
  confidenceOf?(rule: string): number | undefined;
}

export interface Mute {
  rule: string;
  fingerprint?: string | undefined;
}

/** Shares of the interval's database time. */
export const leastCritical = threshold(
  0.1,
  'of the database’s time',
  'a tenth of the server: a smaller machine would do, or a peak would be survived',
);
export const leastWarning = threshold(
  0.01,
  'of the database’s time',
  'what a graph of the server would just show',
);
/** What saves less than both is not told. */
export const leastShare = threshold(
  0.001,
  'of the database’s time',
  'a thousand such findings would have to be mended before anyone could measure it',
);
export const leastCall_ms = threshold(
  0.1,
  'ms a call',
  'less than the statement’s way over the network: nobody waits for it',
);

/** For a rule that says none: what few have judged is taken for more often right than not. */
const usualPrior = 0.7;

export const priorOf = ({ prior }: Pick<Rule, 'prior'>): number => prior?.value ?? usualPrior;

export const analyse = (
  rules: readonly Rule[],
  plan: Plan,
  known: RuleContext,
  judging: Judging,
): Finding[] =>
  findings(rules, plan, known, judging, (ofEngine, context) => matchesOf(ofEngine, plan, context));

/** Of a statement without a plan: what rules say that need none. They speak of no node. */
export function analyseUnplanned(
  rules: readonly Rule[],
  engine: EngineName,
  known: RuleContext,
  judging: Judging,
): Finding[] {
  const outline = outlineOf(engine, known.shape);
  if (!outline) return [];
  const look: Look = (ofEngine, context) =>
    ofEngine.flatMap((rule) =>
      rule.unplanned
        ? rule.check(outline, context).map((match): [Rule, RuleMatch] => [rule, match])
        : [],
    );
  return findings(rules, outline, known, judging, look).map((each) => ({ ...each, nodes: [] }));
}

type Look = (rules: readonly Rule[], context: RuleContext) => [Rule, RuleMatch][];

function findings(
  rules: readonly Rule[],
  { engine, root }: Outline,
  known: RuleContext,
  judging: Judging,
  look: Look,
): Finding[] {
  const context = withNumbersForTexts({ ...known, timeShare: judging.timeShare });
  const ofEngine = speakingOf(rules, engine);
  const all = look(ofEngine, context).map(([rule, match]) => finding(rule, match, judging));
  if (all.length === 0) return [];
  const elsewhere = new Set(
    ofEngine.flatMap(({ id, costsElsewhere }) => (costsElsewhere ? id : [])),
  );
  // A cause that nobody wants to hear of takes what follows from it along.
  const told = foldTogether(all, ofEngine, preorder(root)).filter(
    (each) =>
      !isMuted(each.rule, context, judging) &&
      (elsewhere.has(each.rule) || isWorthTelling(each, context)),
  );
  return told.map((each) => withoutMuted(each, context, judging)).sort(worstFirst);
}

/** Those that speak of an engine: of one list always the same one. */
function speakingOf(rules: readonly Rule[], engine: DialectName): readonly Rule[] {
  const known = speaking.get(rules) ?? new Map<DialectName, readonly Rule[]>();
  speaking.set(rules, known);
  const all = known.get(engine) ?? rules.filter((rule) => speaksOf(rule, engine));
  known.set(engine, all);
  return all;
}
const speaking = new WeakMap<readonly Rule[], Map<DialectName, readonly Rule[]>>();

/** A rule that is often wrong is told later, and never left out for it. */
const expected = ({ saves, confidence }: Finding): number => saves * confidence;

/** What saves as much stands as the history lists it: by the rule. */
const worstFirst = (a: Finding, b: Finding): number =>
  expected(b) - expected(a) || Number(a.rule > b.rule) - Number(a.rule < b.rule);

function finding(rule: Rule, match: RuleMatch, { timeShare, confidenceOf }: Judging): Finding {
  const { id, category, fix } = rule;
  const saves = timeShare * Math.min(1, Math.max(0, match.saves));
  return {
    rule: id,
    category,
    severity: severityOf(saves),
    message: match.message,
    fix: match.fix ?? fix,
    nodes: match.nodes,
    timeShare,
    saves,
    confidence: confidenceOf?.(id) ?? priorOf(rule),
  };
}

export const severityOf = (saves: number): Severity =>
  saves >= leastCritical.value ? 'critical' : saves >= leastWarning.value ? 'warning' : 'info';

/** Without counters (one plan, by itself) everything is. */
function isWorthTelling({ saves, timeShare }: Finding, { stats }: RuleContext): boolean {
  if (stats.calls === 0 || timeShare === 0) return true;
  const call_ms = (stats.totalMs / stats.calls) * (saves / timeShare);
  return saves >= leastShare.value || call_ms >= leastCall_ms.value;
}

const isMuted = (id: string, { fingerprint }: RuleContext, { mutes }: Judging): boolean =>
  mutes.some(
    (mute) => mute.rule === id && (mute.fingerprint ?? fingerprint.value) === fingerprint.value,
  );

function withoutMuted(
  { also = [], ...rest }: Finding,
  context: RuleContext,
  judging: Judging,
): Finding {
  const wanted = also.filter(({ rule }) => !isMuted(rule, context, judging));
  return wanted.length ? { ...rest, also: wanted } : rest;
}
