import { balance, freeShards, givers, type SessionLoad } from './balance.ts';
import { deafSince, isDeaf } from './keeper-deaf.ts';
import { andThen, instead, step } from './keeper-shards.ts';
import { type KeeperFacts, type KeeperState, type Step, working } from './keeper-state.ts';
import type { Survey } from './lease-store.ts';

/** The last task of a pass: what is claimed, and what is shed, and when. Pure. */

/**
 * At most 5 % of all shards are on the move in ten seconds, over all replicas that have too many.
 */
const shedShare = 0.05;
const shedWindow_ms = 10_000;
/** Hysteresis: rebalance only if the imbalance persists; targets come and go. */
const rebalanceDelay_ms = 5_000;
/** How long a shard stays at least. */
const residence_ms = 60_000;

/** What was read of the store: who is there, and since when a shard is nobody's. */
export function surveyed(state: KeeperState, survey: Survey, facts: KeeperFacts): KeeperState {
  const free = freeShards(survey.owners, survey.sessions, facts.shards);
  return {
    ...state,
    survey,
    surveyedAt: facts.now,
    deafSince: deafSince(state, survey, facts),
    freeSince: new Map(free.map((shard) => [shard, state.freeSince.get(shard) ?? facts.now])),
  };
}

export function rebalance(state: KeeperState, facts: KeeperFacts): Step {
  const { survey, session: me } = state;
  if (!survey || me === undefined || state.draining) return step(instead(state));
  if (isDeaf(state, facts)) return giveAll(instead(state));
  const { now } = facts;
  const sessions = survey.sessions.map(({ id, facts: { load, leaves } }) => ({
    id,
    load,
    leaves: leaves === true,
  }));
  const plan = balance({
    me,
    sessions,
    owners: survey.owners,
    held: working(state),
    leaving: [...state.leaving.keys()].reduce((sum, shard) => sum + facts.weight(shard), 0),
    settled: (shard) => isSettled(state, shard, now),
    weight: facts.weight,
    freeSince: state.freeSince,
    shards: facts.shards,
    now,
  });
  const quiet = now < state.quietUntil;
  const shedding = plan.shed.length > 0 && !quiet && facts.mayMove;
  const balanced = {
    ...refill(instead(state), sessions, facts),
    urgent: state.freeSince.size > 0 && !quiet,
    // Who leaves may stay after all, which changes no version.
    moving:
      state.freeSince.size > 0 || plan.shed.length > 0 || sessions.some(({ leaves }) => leaves),
    imbalancedSince: persistsSince(state, { shedding, quiet, now }),
  };
  if (plan.claim.length && !quiet) return step(claimFree(balanced, plan.claim));
  const allowed = plan.shed.slice(0, Math.floor(balanced.shedTokens));
  const persists = now - (balanced.imbalancedSince ?? now) >= rebalanceDelay_ms;
  return persists && allowed.length ? shed(balanced, allowed, plan.to) : step(balanced);
}

/**
 * What others give is nobody's for a moment, and nothing is shed then. Among many who give there
 * always is such a moment: what persisted before it persists.
 */
function persistsSince(
  { imbalancedSince, freeSince }: KeeperState,
  { shedding, quiet, now }: { shedding: boolean; quiet: boolean; now: number },
): number | undefined {
  if (shedding) return imbalancedSince ?? now;
  return freeSince.size > 0 && !quiet ? imbalancedSince : undefined;
}

const claimFree = (state: KeeperState, shards: readonly number[]): KeeperState => ({
  ...state,
  pass: {
    ...state.pass,
    tasks: [{ kind: 'claim', why: 'free', shards, got: [], orLose: [] }, ...state.pass.tasks],
  },
});

/**
 * It stays for a while, or shards would flap with every cycle that takes longer than the last. Who
 * has just begun may have taken all there was.
 */
const isSettled = ({ heldSince, openedAt }: KeeperState, shard: number, now: number): boolean =>
  now - (heldSince.get(shard) ?? 0) >= residence_ms || now - openedAt < residence_ms;

/** The bucket of shards that may be shed now. */
function refill(
  state: KeeperState,
  sessions: readonly SessionLoad[],
  { now, shards }: KeeperFacts,
): KeeperState {
  const limit = Math.max(1, (shards.length * shedShare) / givers(sessions));
  const gained = (limit * (now - state.refilledAt)) / shedWindow_ms;
  return { ...state, shedTokens: Math.min(limit, state.shedTokens + gained), refilledAt: now };
}

/** Nothing starts here anyway: what others can collect is theirs at once. */
function giveAll(state: KeeperState): Step {
  const all = [...working(state)];
  if (!all.length) return step(state);
  const told = step(state, {
    kind: 'log',
    level: 'warn',
    fields: { shards: all.length },
    message: 'other replicas hear the API server, this one does not; its targets go to them',
  });
  return andThen(told, (after) => shed(after, all, undefined));
}

/** Should one of them come back, it is a new one: what is held is told without them at once. */
function shed(state: KeeperState, shards: readonly number[], to: string | undefined): Step {
  const number = state.handOvers + 1;
  const leaving = {
    ...state,
    handOvers: number,
    shedTokens: state.shedTokens - shards.length,
    // Until whoever takes them has said so, the shares are those of before.
    imbalancedSince: undefined,
    leaving: new Map([...state.leaving, ...shards.map((shard) => [shard, number] as const)]),
  };
  return step(
    leaving,
    { kind: 'tellHeld', held: working(leaving) },
    { kind: 'handOver', number, shards, ...(to ? { to } : {}) },
  );
}
