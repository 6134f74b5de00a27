import type { Code } from '../base/codes.ts';
import type { Confidence } from '../model/index-def.ts';
import { knownCost, type Plan, type PlanHash } from '../model/plan.ts';
import type { Trust } from './planner.ts';

/**
 * Whether a world can be believed, before anything is said of it: the plans that it has as things
 * are, beside those that production had. It costs production nothing. What disagrees gets no
 * advice; how much agrees decides how sure all the rest is.
 */
export interface CheckedStatement {
  statement: string;
  /** Of the latest plan in the history; a cost where the server prints one. */
  history: { hash: PlanHash; cost?: number };
  /** Of the world without any index but production's; or why there is none. */
  whatIf: Plan | Code;
  /** That plan finds many more rows by its indexes than production's, or many fewer. */
  otherRows?: boolean;
}

export interface SelfCheck {
  /** Statements that have both plans. */
  compared: number;
  agreed: number;
  /** `agreed / compared`, 0..1; 0 where nothing was compared. */
  agreement: number;
  /** No advice from the world for these. */
  disagreeing: { statement: string; because: 'another_plan' | 'another_cost' | 'other_rows' }[];
  unplannable: { statement: string; code: Code }[];
  confidence: Confidence;
  /** In a clause each, what the confidence stands on. */
  because: string[];
  /** Of which values the plans are. */
  about: string;
}

/**
 * A table grows between two cycles, and then the cost is another; a size or a statistic that did
 * not come over makes it several times another.
 */
const mostCostRatio = 1.5;
/** Fewer say little of all others. */
const fewCompared = 10;
const enough = 0.95;
/** Below it the world is of something else. */
const tooLittle = 0.8;
export function selfCheck(statements: readonly CheckedStatement[], trust: Trust): SelfCheck {
  const both = statements.flatMap(({ statement, history, whatIf, otherRows }) =>
    typeof whatIf === 'string'
      ? []
      : [
          {
            statement,
            because:
              difference(history, whatIf, trust) ??
              (otherRows ? ('other_rows' as const) : undefined),
          },
        ],
  );
  const disagreeing = both.flatMap(({ statement, because }) =>
    because ? [{ statement, because }] : [],
  );
  const agreed = both.length - disagreeing.length;
  const agreement = both.length ? agreed / both.length : 0;
  return {
    compared: both.length,
    agreed,
    agreement,
    disagreeing,
    unplannable: statements.flatMap(({ statement, whatIf }) =>
      typeof whatIf === 'string' ? [{ statement, code: whatIf }] : [],
    ),
    ...judged(both.length, agreed, trust),
    about: trust.about,
  };
}

/** An earlier version of ours may have kept it under its own hash. */
export const samePlan = (hash: PlanHash, whatIf: Plan): boolean =>
  hash.shape === whatIf.hash.shape || hash.shape === whatIf.hash.before;

function difference(
  { hash, cost }: CheckedStatement['history'],
  whatIf: Plan,
  { sameCosts }: Trust,
) {
  if (!samePlan(hash, whatIf)) return 'another_plan' as const;
  const here = knownCost(whatIf);
  if (!sameCosts || cost === undefined || here === undefined) return undefined;
  const ratio = Math.max(cost, here) / Math.max(Math.min(cost, here), leastCost);
  return ratio > mostCostRatio && Math.abs(cost - here) > leastCost
    ? ('another_cost' as const)
    : undefined;
}
/** A page: below it ratios say nothing. */
const leastCost = 1;

function judged(
  compared: number,
  agreed: number,
  trust: Trust,
): Pick<SelfCheck, 'confidence' | 'because'> {
  const share = compared ? agreed / compared : 0;
  const because = [
    `${agreed} of ${compared} plans are those that the server had`,
    ...trust.because,
    ...(compared < fewCompared ? [`fewer than ${fewCompared} plans could be compared`] : []),
  ];
  if (compared === 0 || share < tooLittle) return { confidence: 'low', because };
  const sure = compared >= fewCompared && share >= enough;
  return { confidence: sure ? trust.most : 'medium', because };
}
