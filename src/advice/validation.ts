import type { Random } from '../base/random.ts';
import { type Interval, logRatio, pointRatio, type Slot } from './log-ratio.ts';

/**
 * Did a change do what it was for? Decided from the statements of its evidence and from all others
 * on the same table, those that write included: hours after against the same hours before. Pure.
 */
export interface HourOfUse {
  /** When it begins, milliseconds since the epoch. */
  at: number;
  calls: number;
  totalMs: number;
}

export interface WatchedStatement {
  fingerprint: string;
  /** It is one of those that the change is for. */
  evidence: boolean;
  hours: readonly HourOfUse[];
  /** Its plan has become another one since, which uses the index (or, of a drop, does not). */
  switched: boolean;
}

export interface ValidationPolicy {
  /** Not judged before. */
  least_ms: number;
  /** What is not shown by then is not shown. */
  most_ms: number;
  /** Of each statement of the evidence. */
  leastCalls: number;
}
/**
 * A day has every hour once; a hundred calls are the least that a mean stands on; after a week more
 * of the same would come.
 */
export const validationPolicy: ValidationPolicy = {
  least_ms: 86_400_000,
  most_ms: 7 * 86_400_000,
  leastCalls: 100,
};

export interface ValidationFacts {
  appliedAt: number;
  now: number;
  statements: readonly WatchedStatement[];
  /** What statements did that touch nothing of the changed table: how the server fared. */
  elsewhere: readonly (readonly HourOfUse[])[];
  /** The health brake was on since. */
  braked: boolean;
}

/** Times of a call, after over before; 0.5 is half. */
export type Effect = Interval & { fingerprint?: string };

export type Validation =
  | { kind: 'wait'; because: 'too_early' | 'too_few_calls' | 'no_effect_yet'; effect?: Effect }
  | { kind: 'improved'; effect: Effect }
  | { kind: 'unproven'; effect?: Effect }
  | { kind: 'regression'; effect: Effect }
  | { kind: 'braked' };

/** Less is within what comes and goes. */
const worse = 1.1;
/**
 * Of statements that the change is for, where no plan since has it. It may be in one that was not
 * seen: plans are looked at now and then, and without values.
 */
const worseUnseen = 1.5;
/** The median of fewer says nothing of a server. */
const leastElsewhere = 5;
const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;
const week_ms = 7 * day_ms;
const mostDays = validationPolicy.most_ms / day_ms;
/** Two intervals of fewer hours say nothing. */
const leastSlots = 6;

export function validate(
  facts: ValidationFacts,
  policy: ValidationPolicy,
  random: Random,
): Validation {
  const { appliedAt, now, statements, elsewhere, braked } = facts;
  if (braked) return { kind: 'braked' };
  if (now - appliedAt < policy.least_ms) return { kind: 'wait', because: 'too_early' };
  const over = now - appliedAt >= policy.most_ms;
  const wait = (because: 'too_few_calls' | 'no_effect_yet', effect?: Effect): Validation => ({
    ...(over ? { kind: 'unproven' } : { kind: 'wait', because }),
    ...(effect ? { effect } : {}),
  });
  const server = serverSince(elsewhere, appliedAt);
  const harm = harmed(statements, appliedAt, server, random);
  if (harm) return { kind: 'regression', effect: harm };
  const evidence = statements.filter((each) => each.evidence);
  const slots = evidence.flatMap((each) => slotsOf(each.hours, appliedAt));
  const effect = slots.length >= leastSlots ? logRatio(slots, oneOf(1), random) : undefined;
  if (!effect) return wait('too_few_calls');
  const used = evidence.some(({ switched }) => switched);
  if (isWorse(effect, server, used ? worse : worseUnseen)) return { kind: 'regression', effect };
  const called = evidence.every(({ hours }) => callsSince(hours, appliedAt) >= policy.leastCalls);
  if (!called && !over) return wait('too_few_calls', effect);
  const better = effect.high < Math.min(1, server);
  return used && better ? { kind: 'improved', effect } : wait('no_effect_yet', effect);
}

/**
 * Times of a call of what the change has nothing to do with, after over before: the median of
 * statements, so that none of them counts for the server. 1: too few are known.
 */
function serverSince(elsewhere: ValidationFacts['elsewhere'], appliedAt: number): number {
  const ratios = elsewhere
    .map((hours) => slotsOf(hours, appliedAt))
    .filter((slots) => slots.length >= leastSlots)
    .map(pointRatio)
    .sort((a, b) => a - b);
  return ratios.length < leastElsewhere ? 1 : (ratios[ratios.length >> 1] as number);
}

/** By so much more, and beyond doubt, than all else on a server that got slower. */
const isWorse = ({ ratio, low }: Interval, server: number, least: number): boolean =>
  ratio > least * Math.max(1, server) && low > Math.max(1, server);

/**
 * The one that got slower the most, beyond doubt. Asking of many, one will look slower by chance:
 * each has its share of the doubt (Bonferroni).
 */
function harmed(
  statements: readonly WatchedStatement[],
  appliedAt: number,
  server: number,
  random: Random,
): Effect | undefined {
  const others = statements
    .filter(({ evidence }) => !evidence)
    .map(({ fingerprint, hours }) => ({ fingerprint, slots: slotsOf(hours, appliedAt) }))
    .filter(({ slots }) => slots.length >= leastSlots);
  return others
    .filter(({ slots }) => pointRatio(slots) > worse)
    .map(({ fingerprint, slots }) => ({
      fingerprint,
      ...logRatio(slots, oneOf(others.length), random),
    }))
    .filter((effect) => isWorse(effect, server, worse))
    .sort((a, b) => b.ratio - a.ratio)[0];
}

/** 95 % over all that is asked, each day anew: a day is a seventh of what can be known at most. */
const oneOf = (questions: number): number => 1 - 0.05 / (questions * mostDays);

const callsSince = (hours: readonly HourOfUse[], since: number): number =>
  hours.reduce((sum, { at, calls }) => sum + (at >= since ? calls : 0), 0);

/**
 * Hours after against the same hours of the week before, or, where there are none, the same hours
 * of the days before: a slot for each such hour, however often it has come since. What is compared
 * with the same past is one thing, not several.
 */
export function slotsOf(hours: readonly HourOfUse[], appliedAt: number): Slot[] {
  const before = hours.filter(({ at, calls }) => at + hour_ms <= appliedAt && calls > 0);
  const after = hours.filter(({ at, calls }) => at >= appliedAt && calls > 0);
  const known = [week_ms, day_ms].map((period_ms) => grouped(before, (at) => at % period_ms));
  const keyOf = (at: number): string | undefined => {
    if (known[0]?.has(at % week_ms)) return `week ${at % week_ms}`;
    return known[1]?.has(at % day_ms) ? `day ${at % day_ms}` : undefined;
  };
  return [...grouped(after, keyOf)].flatMap(([key, now]) => {
    const [period, at] = (key ?? '').split(' ');
    const past = known[period === 'week' ? 0 : 1]?.get(Number(at));
    return key !== undefined && past
      ? [{ calls: now.calls, after: meanOf(now), before: meanOf(past) }]
      : [];
  });
}

interface Use {
  calls: number;
  totalMs: number;
}
const meanOf = ({ calls, totalMs }: Use): number => totalMs / calls;

function grouped<Key>(hours: readonly HourOfUse[], keyOf: (at: number) => Key): Map<Key, Use> {
  const groups = new Map<Key, Use>();
  for (const { at, calls, totalMs } of hours) {
    const known = groups.get(keyOf(at)) ?? { calls: 0, totalMs: 0 };
    groups.set(keyOf(at), { calls: known.calls + calls, totalMs: known.totalMs + totalMs });
  }
  return groups;
}
