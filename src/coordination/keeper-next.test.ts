import { expect, it } from 'vitest';
import { next } from './keeper-next.ts';
import {
  type Command,
  initialKeeper,
  type KeeperEvent,
  type KeeperFacts,
  type KeeperState,
} from './keeper-state.ts';

const factsAt = (now: number): KeeperFacts => ({
  now,
  chance: 0.5,
  shards: [0, 1],
  weight: () => 1,
  watchAlive: true,
  silent_ms: 0,
  mayMove: true,
  onOutage: 'continue',
});

/** What a keeper does that is told these; nothing that it was given is changed. */
function run(...events: [now: number, event: KeeperEvent][]) {
  let state: KeeperState = initialKeeper(0);
  const commands: Command[] = [];
  for (const [now, event] of events) {
    const before = structuredClone(state);
    const step = next(state, event, factsAt(now));
    expect(state).toEqual(before);
    state = step.state;
    commands.push(...step.commands);
  }
  return { state, commands };
}
const questions = (commands: readonly Command[]) =>
  commands.flatMap((command) => (command.kind === 'ask' ? [command.question.kind] : []));

const tick: KeeperEvent = { kind: 'tick' };
const facts = { scope: 'all', name: 'x', stops: {}, load: 0 };
const opened: KeeperEvent = { kind: 'answer', answer: { kind: 'opened', id: 'me' } };
const surveyed: KeeperEvent = {
  kind: 'answer',
  answer: {
    kind: 'surveyed',
    survey: { version: 1, owners: new Map(), sessions: [{ id: 'me', facts }] },
  },
};
const told: KeeperEvent = { kind: 'answer', answer: { kind: 'told' } };
const claimed: KeeperEvent = { kind: 'answer', answer: { kind: 'claimed', shards: [0, 1] } };
const renewed: KeeperEvent = {
  kind: 'answer',
  answer: { kind: 'renewed', renewal: { version: 1, mine: [0, 1] } },
};
const failed: KeeperEvent = { kind: 'failed', code: 'coordination_failed', message: 'no answer' };
const firstPass: [number, KeeperEvent][] = [
  [0, tick],
  [0, opened],
  [0, surveyed],
  [0, told],
  [0, claimed],
];

it('a first pass opens, looks, and claims what is free', () => {
  const { state, commands } = run(...firstPass);
  expect(questions(commands)).toEqual(['open', 'survey', 'tellSessions', 'claim']);
  expect([[...state.held], state.pass.tasks, state.problem]).toEqual([[0, 1], [], undefined]);
  expect(commands.filter(({ kind }) => kind !== 'ask')).toMatchObject([
    { kind: 'listen', session: 'me' },
    { kind: 'count', move: 'claimed', shards: 2 },
    { kind: 'tellHeld', held: new Set([0, 1]) },
    { kind: 'log', level: 'info' },
  ]);
});

it('an error ends the pass; the next one renews first', () => {
  const { state, commands } = run(
    ...firstPass,
    [1_000, tick],
    [1_000, renewed],
    [1_000, failed],
    [1_200, tick],
  );
  expect(questions(commands).slice(-3)).toEqual(['renew', 'survey', 'renew']);
  expect([state.problem, state.failedAt]).toEqual(['no answer', 1_000]);
});

it('an error that took long is no proof that the store is away', () => {
  expect(run(...firstPass, [1_000, tick], [9_000, failed]).state.failedAt).toBeUndefined();
});

it('a session that is lost is opened anew, and what it held is claimed first', () => {
  const lost: KeeperEvent = { kind: 'answer', answer: { kind: 'renewed', renewal: 'lost' } };
  const { state, commands } = run(
    ...firstPass,
    [4_000, tick],
    [4_000, lost],
    [4_000, tick],
    [4_000, opened],
  );
  expect(questions(commands).slice(-3)).toEqual(['renew', 'open', 'claim']);
  expect(state.confirmedAt).toBe(0); // until it is known what is left
  const after = next(
    state,
    { kind: 'answer', answer: { kind: 'claimed', shards: [1] } },
    factsAt(4_100),
  );
  expect([[...after.state.held], after.state.confirmedAt]).toEqual([[1], 4_000]);
});
