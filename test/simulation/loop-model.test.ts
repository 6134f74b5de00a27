import { expect, it } from 'vitest';
import { step } from '../../src/advice/machine.ts';
import type { Observed } from '../../src/advice/machine-state.ts';
import type { IndexSeen } from '../../src/model/index-seen.ts';
import { checkLoop, type Kind, type Step } from './loop-model.ts';

const kinds: Kind[] = ['create-index', 'drop-index', 'hide-and-drop'];

const alone = { executors: 1, acts: 2 } as const;

it('the loop holds in every state that two executors and an adversary can reach', () => {
  const { states, violation } = checkLoop('create-index', step, { executors: 2, acts: 1 });
  expect(violation).toBeUndefined();
  expect(states).toBeGreaterThan(100_000);
}, 600_000);

it.each(kinds)(
  'and of one executor, with more that happens to it: %s',
  (kind) => {
    expect(checkLoop(kind, step, alone).violation).toBeUndefined();
  },
  60_000,
);

/** A machine that does not look at something: what it is shown instead. */
const blind =
  (change: (seen: Observed) => Observed): Step =>
  (subject, state, seen, now) =>
    step(subject, state, change(seen), now);
const seeing = (change: (server: Extract<IndexSeen, { kind: 'present' }>) => IndexSeen): Step =>
  blind((seen) => ({
    ...seen,
    ...(seen.server?.kind === 'present' ? { server: change(seen.server) } : {}),
  }));
const good = { contentHash: 'good', by: 'somebody', rejects: false };

const mutants: [string, Kind, Step][] = [
  ['asks for no approval', 'create-index', blind((seen) => ({ ...seen, approval: good }))],
  [
    'does not compare the content',
    'create-index',
    blind((seen) =>
      seen.approval ? { ...seen, approval: { ...seen.approval, contentHash: 'good' } } : seen,
    ),
  ],
  [
    'takes a rejection for an approval',
    'drop-index',
    blind((seen) =>
      seen.approval ? { ...seen, approval: { ...seen.approval, rejects: false } } : seen,
    ),
  ],
  [
    'does not obey a stop',
    'create-index',
    (subject, state, seen, now) =>
      step(
        subject,
        state,
        seen.gate.kind === 'closed'
          ? { ...seen, gate: { kind: 'open' }, server: { kind: 'absent' } }
          : seen,
        now,
      ),
  ],
  [
    'takes an invalid index for a good one',
    'create-index',
    seeing((server) => ({ ...server, valid: true })),
  ],
  [
    'takes whatever has the name for its own',
    'create-index',
    seeing((server) => ({ ...server, whose: 'ours' })),
  ],
  [
    'believes that what it began has ended',
    'create-index',
    (subject, state, seen, now) =>
      step(
        subject,
        state,
        state.phase === 'Applying'
          ? { ...seen, server: { kind: 'present', valid: true, whose: 'ours' } }
          : seen,
        now,
      ),
  ],
  [
    'forgets how often it tried',
    'create-index',
    (subject, state, seen, now) => step(subject, { ...state, attempt: 0 }, seen, now),
  ],
  [
    'takes whatever has failed for what was ended',
    'create-index',
    (subject, state, seen, now) =>
      step(
        subject,
        state,
        state.phase === 'Applying' && seen.server?.kind === 'absent'
          ? { ...seen, failed: { reason: 'emergency_stop', final: false } }
          : seen,
        now,
      ),
  ],
  [
    'waits for a target that is gone',
    'create-index',
    blind((seen) => {
      const { targetGone: _, ...rest } = seen;
      return rest;
    }),
  ],
  [
    'lets go of what it has begun',
    'create-index',
    (subject, state, seen, now) => {
      const { state: next, commands } = step(subject, state, seen, now);
      return { state: next, commands: seen.deleted ? [{ kind: 'release' }] : commands };
    },
  ],
  [
    'drops what it has not hidden',
    'hide-and-drop',
    (subject, state, seen, now) => step({ ...subject, hides: false }, state, seen, now),
  ],
  [
    'forgets that it has hidden it',
    'hide-and-drop',
    seeing(({ kind, valid, whose }) => ({ kind, valid, whose })),
  ],
  [
    'believes that it is hidden',
    'hide-and-drop',
    (subject, state, seen, now) =>
      step(
        subject,
        state,
        state.phase === 'Applying' && seen.server?.kind === 'present'
          ? { ...seen, server: { ...seen.server, hidden: true } }
          : seen,
        now,
      ),
  ],
];

it.each(mutants)(
  'a machine that %s fails',
  (_, kind, mutant) => {
    expect(checkLoop(kind, mutant, alone).violation).toBeDefined();
  },
  240_000,
);

it('without the lock on the server it does not hold', () => {
  expect(checkLoop('create-index', step, { without: 'lock' }).violation).toBeDefined();
}, 60_000);
