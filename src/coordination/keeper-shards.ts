import {
  type Command,
  type KeeperState,
  type Question,
  type Step,
  type Task,
  working,
} from './keeper-state.ts';
import { sessionTtl_ms } from './lease-store.ts';

/**
 * The small changes that a keeper's transitions are made of: shards come and go, a session is lost,
 * a task is done. Pure; each gives the new state and what is to be done about it.
 */
export const step = (state: KeeperState, ...commands: readonly Command[]): Step => ({
  state,
  commands,
});

export function andThen(first: Step, more: (state: KeeperState) => Step): Step {
  const second = more(first.state);
  return { state: second.state, commands: [...first.commands, ...second.commands] };
}

/** Asks a question; until it is answered, or fails, there is no other. */
export const ask = (state: KeeperState, question: Question, now: number): Step =>
  step(
    { ...state, pass: { ...state.pass, asked: { question, at: now } } },
    { kind: 'ask', question },
  );

/** The first task is done, or gives way to these. */
export const instead = (state: KeeperState, ...tasks: readonly Task[]): KeeperState => ({
  ...state,
  pass: { ...state.pass, tasks: [...tasks, ...state.pass.tasks.slice(1)] },
});

/** What a command of the session carries; a lower sequence that arrives later is refused. */
export const numbered = (state: KeeperState): KeeperState => ({
  ...state,
  sequence: state.sequence + 1,
});

/** Who is draining takes nothing any more, whatever was still on its way. */
export function adopt(state: KeeperState, shards: readonly number[], now: number): Step {
  const fresh = state.draining ? [] : shards.filter((shard) => !state.held.has(shard));
  if (!fresh.length) return step(state);
  const adopted = {
    ...state,
    held: new Set([...state.held, ...fresh]),
    heldSince: new Map([...state.heldSince, ...fresh.map((shard) => [shard, now] as const)]),
  };
  return step(
    adopted,
    { kind: 'count', move: 'claimed', shards: fresh.length },
    { kind: 'tellHeld', held: working(adopted) },
  );
}

export function lose(state: KeeperState, shards: readonly number[], now: number): Step {
  const gone = shards.filter((shard) => state.held.has(shard));
  if (!gone.length) return step(state);
  const left = { ...without(state, gone), doubtAt: now };
  return step(
    left,
    { kind: 'count', move: 'lost', shards: gone.length },
    { kind: 'tellHeld', held: working(left) },
  );
}

/** A session that is over is never revived: the next pass opens another, at once. */
export const loseSession = (state: KeeperState, now: number): Step =>
  step(
    {
      ...state,
      session: undefined,
      doubtAt: now,
      quietUntil: now + sessionTtl_ms,
      pass: { ...state.pass, tasks: [] },
    },
    { kind: 'listen', session: undefined },
    { kind: 'wake' },
  );

/** The store was told: these are nobody's now. */
export function giveBack(state: KeeperState, shards: readonly number[], now: number): Step {
  const [batch, ...others] = state.released;
  const left = batch?.shards.filter((shard) => !shards.includes(shard)) ?? [];
  return step(
    {
      ...without(state, shards),
      released: batch && left.length ? [{ ...batch, shards: left }, ...others] : others,
      renewAt: now,
    },
    { kind: 'count', move: 'released', shards: shards.length },
  );
}

function without(state: KeeperState, shards: readonly number[]): KeeperState {
  const gone = new Set(shards);
  const rest = (all: ReadonlyMap<number, number>) =>
    new Map([...all].filter(([shard]) => !gone.has(shard)));
  return {
    ...state,
    held: new Set([...state.held].filter((shard) => !gone.has(shard))),
    leaving: rest(state.leaving),
    heldSince: rest(state.heldSince),
  };
}
