import { expect, it } from 'vitest';
import { step } from './machine.ts';
import { mostAttempts } from './machine-moves.ts';
import { type LoopState, type Observed, proposed, type Subject } from './machine-state.ts';

/** The rules one by one; what they are together, test/simulation/loop-model.test.ts explores. */
const now = 1_000_000;
const subject: Subject = {
  kind: 'create-index',
  contentHash: 'sha256:a',
  expiresAt: now + 1,
  autoRollback: true,
  hides: false,
};
const approval = { contentHash: 'sha256:a', by: 'dba', rejects: false };
const open: Observed = { gate: { kind: 'open' }, deleted: false, approval };
const looked: Observed = { ...open, server: { kind: 'absent' }, preflight: { kind: 'ok' } };
const lagging: Observed['gate'] = { kind: 'closed', reason: 'brake_replication_lag', stop: false };
const unvouched: Observed['gate'] = { kind: 'closed', reason: 'not_vouched', stop: false };
const outside: Observed['gate'] = { kind: 'closed', reason: 'outside_window', stop: false };
const blackout: Observed['gate'] = { kind: 'closed', reason: 'blackout', stop: false };
const regression = { kind: 'regression', reason: 'regression' } as const;
const in_ = (phase: LoopState['phase'], more: Partial<LoopState> = {}): LoopState => ({
  ...proposed(0),
  phase,
  ...more,
});
const after = (state: LoopState, seen: Observed, of: Subject = subject) => {
  const { state: next, commands } = step(of, state, seen, now);
  return [next.phase, next.reason, ...commands.map(({ kind }) => kind)].join(' ');
};
const present = (valid: boolean, whose: 'ours' | 'unmarked' | 'foreign'): Observed => ({
  ...looked,
  server: { kind: 'present', valid, whose },
});

it.each([
  ['an approval', in_('Proposed'), open, 'Approved approved'],
  [
    'one of another content',
    in_('Proposed'),
    { ...open, approval: { ...approval, contentHash: 'sha256:b' } },
    'Proposed content_changed',
  ],
  [
    'a rejection',
    in_('Proposed'),
    { ...open, approval: { ...approval, rejects: true } },
    'Rejected rejected release',
  ],
  ['a turn', in_('Approved'), looked, 'Applying under_way build'],
  [
    'a blackout',
    in_('Approved'),
    { ...looked, gate: { kind: 'closed', reason: 'blackout', stop: false } },
    'Deferred blackout',
  ],
  [
    'an old snapshot',
    in_('Approved'),
    { ...looked, preflight: { kind: 'refused', reason: 'old_snapshot' } },
    'Deferred old_snapshot',
  ],
  [
    'a build that nobody watches, and a replica behind',
    in_('Applying', { attempt: 3, intent: { command: 'build', at: now } }),
    { ...looked, server: { kind: 'busy' }, gate: lagging },
    'Applying brake_replication_lag cancel',
  ],
  [
    'nothing after that, in its third attempt',
    in_('Applying', { attempt: 3, failure: { reason: 'brake_replication_lag', final: false } }),
    looked,
    'Deferred brake_replication_lag',
  ],
  [
    'a replica behind while what is missed is brought back',
    in_('RollingBack', { reason: 'regression', intent: { command: 'build', at: now } }),
    { ...looked, server: { kind: 'busy' }, gate: lagging },
    'RollingBack regression',
  ],
  ['its name on another', in_('Approved'), present(true, 'foreign'), 'Failed name_taken release'],
  ['what it built', in_('Applying'), present(true, 'unmarked'), 'Applying under_way mark'],
  ['its mark', in_('Applying'), present(true, 'ours'), 'Observing collecting_evidence'],
  ['half of it', in_('Applying'), present(false, 'unmarked'), 'Cleaning removing_invalid drop'],
  ['nothing after it', in_('Applying', { attempt: 1 }), looked, 'Approved retrying'],
  [
    'nothing after the last attempt',
    in_('Applying', { attempt: mostAttempts }),
    looked,
    'Failed attempts_used_up release',
  ],
  [
    'a regression',
    in_('Observing'),
    { ...present(true, 'ours'), verdict: regression },
    'RollingBack regression',
  ],
  [
    'a regression outside of its window',
    in_('Observing'),
    { ...present(true, 'ours'), gate: outside, verdict: regression },
    'RollingBack regression',
  ],
  [
    'a regression while nobody vouches for approvals',
    in_('Observing'),
    { ...present(true, 'ours'), gate: unvouched, verdict: regression },
    'RollingBack regression',
  ],
  [
    'what is to go while nobody vouches for approvals',
    in_('RollingBack'),
    { ...present(true, 'ours'), gate: unvouched },
    'RollingBack awaiting_approval drop',
  ],
  [
    'nothing of what is built while nobody vouches for approvals',
    in_('Applying'),
    { ...looked, gate: unvouched },
    'Approved retrying',
  ],
  [
    'that it may not be begun while nobody vouches for approvals',
    in_('Approved'),
    { ...looked, gate: unvouched },
    'Deferred not_vouched',
  ],
  [
    'a regression in a blackout',
    in_('Observing'),
    { ...present(true, 'ours'), gate: blackout, verdict: regression },
    'Observing awaiting_approval',
  ],
  [
    'what is to go, in a blackout',
    in_('RollingBack'),
    { ...present(true, 'ours'), gate: blackout },
    'RollingBack awaiting_approval',
  ],
  [
    'that it is not approved any more, in a blackout',
    in_('RollingBack'),
    { gate: blackout, deleted: false, server: present(true, 'ours').server } as Observed,
    'RollingBack awaiting_approval drop',
  ],
  ['that it is gone', in_('Observing'), looked, 'Gone changed_by_hand release'],
  [
    'what is to go',
    in_('RollingBack'),
    present(true, 'ours'),
    'RollingBack awaiting_approval drop',
  ],
  [
    'what somebody makes just then under its name',
    in_('Applying', { intent: { command: 'build', at: now } }),
    { ...present(false, 'unmarked'), failed: { reason: 'name_taken', final: true } },
    'Failed name_taken release',
  ],
  [
    'that it went',
    in_('RollingBack', { intent: { command: 'drop', at: now } }),
    looked,
    'RolledBack awaiting_approval release',
  ],
  [
    'that it is not there, and nothing of ours has dropped it',
    in_('RollingBack'),
    looked,
    'Gone changed_by_hand release',
  ],
] as [string, LoopState, Observed, string][])('sees %s', (_, state, seen, expected) => {
  expect(after(state, seen)).toBe(expected);
});

const hours = 3_600_000;
const stopped: Observed['gate'] = { kind: 'closed', reason: 'emergency_stop', stop: true };
const building = (more: Partial<LoopState> = {}) =>
  in_('Applying', { attempt: 2, intent: { command: 'build', at: now }, ...more });

it.each(
  [['emergency_stop', 'suspended', 'program_ending', 'brake_replication_lag'] as const].flat(),
)('what was ended for %s was no try, told once or twice', (reason) => {
  const failed = { reason, final: false };
  const ended = step(subject, building(), { ...looked, failed }, now).state;
  expect(ended).toMatchObject({ phase: 'Deferred', reason, attempt: 1 });
  expect(ended.failure).toBeUndefined();
  // Under a stop it is remembered until something may be done.
  const held = step(subject, building(), { ...looked, gate: stopped, failed }, now).state;
  const again = step(subject, held, { ...looked, gate: stopped, failed }, now).state;
  expect(again).toMatchObject({ phase: 'Applying', attempt: 1, failure: failed });
  expect(step(subject, again, looked, now).state).toMatchObject({ phase: 'Deferred', attempt: 1 });
});

it('what a stop finds at work is ended, and was no try; nor is one of what it left', () => {
  const busy: Observed = { ...looked, server: { kind: 'busy' }, gate: stopped };
  const { state, commands } = step(subject, building(), busy, now);
  expect(state).toMatchObject({ attempt: 1, failure: { reason: 'emergency_stop', final: false } });
  expect(commands).toEqual([{ kind: 'cancel' }]);
  // A build failed by itself: that its removal was ended by a stop excuses nothing.
  const failure = { reason: 'no_space', final: false } as const;
  const cleaning = building({ phase: 'Cleaning', failure });
  const ended = { ...looked, failed: { reason: 'emergency_stop', final: false } } as Observed;
  expect(step(subject, cleaning, ended, now).state).toMatchObject({
    phase: 'Approved',
    reason: 'no_space',
    attempt: 2,
  });
});

it('what takes too long is ended, and not begun again; bringing back has twice as long', () => {
  const busy: Observed = { ...looked, server: { kind: 'busy' } };
  const late = building({ intent: { command: 'build', at: now - 12 * hours } });
  const { state, commands } = step(subject, late, busy, now);
  expect([state.reason, commands]).toEqual(['deadline', [{ kind: 'cancel' }]]);
  expect(after(state, looked)).toBe('Failed deadline release');
  // Why it is taken back is what it will end with, whoever else was at work meanwhile.
  const missed: LoopState = { ...late, phase: 'RollingBack', reason: 'regression' };
  expect(after(missed, busy)).toBe('RollingBack regression');
  const cleaning = { ...late, phase: 'Cleaning', since: now - hours } as const;
  expect(after(cleaning, busy)).toBe('Cleaning under_way');
});

it('where the target is gone it is over, and says what may be left', () => {
  const gone: Observed = { ...open, gate: stopped, targetGone: { left: 'an index' } };
  for (const phase of ['Applying', 'Cleaning', 'Hidden', 'Observing', 'RollingBack'] as const) {
    expect(after(in_(phase), gone)).toBe('Gone target_deleted release');
    expect(step(subject, in_(phase), gone, now).state.detail).toBe('an index');
  }
  for (const phase of ['Proposed', 'Withdrawn', 'Approved', 'Deferred'] as const)
    expect(step(subject, in_(phase), gone, now).state).not.toHaveProperty('detail');
  expect(after(in_('Kept'), gone)).toBe('Kept awaiting_approval');
});

it('waits longer after each attempt, and looks at what there is meanwhile', () => {
  const failed = step(subject, in_('Applying', { attempt: 2 }), looked, now).state;
  expect(failed.notBefore).toBe(now + 120_000);
  const intent = { command: 'drop', at: now } as const;
  const rolling = in_('RollingBack', { attempt: 1, notBefore: now + 60_000, intent });
  expect(after(rolling, present(true, 'ours'))).toBe('RollingBack awaiting_approval');
  expect(after(rolling, looked)).toContain('RolledBack');
});

it('a drop is the same, the other way round', () => {
  const drop: Subject = { ...subject, kind: 'drop-index' };
  expect(after(in_('Approved'), present(true, 'ours'), drop)).toBe('Applying under_way drop');
  expect(after(in_('Applying'), looked, drop)).toBe('Observing collecting_evidence');
  expect(after(in_('RollingBack'), looked, drop)).toBe('RollingBack awaiting_approval build');
  expect(after(in_('Approved'), present(true, 'foreign'), drop)).toContain('definition_changed');
});

it('where an index can be hidden, a drop hides it first', () => {
  const drop: Subject = { ...subject, kind: 'drop-index', hides: true };
  const hidden: Observed = {
    ...looked,
    server: { kind: 'present', valid: true, whose: 'ours', hidden: true },
  };
  const hiding = in_('Applying', { attempt: 1, intent: { command: 'hide', at: 0 } });
  const there = present(true, 'ours');
  expect(after(in_('Approved'), there, drop)).toBe('Applying under_way hide');
  expect(after(in_('Approved'), hidden, drop)).toBe('Applying under_way drop');
  expect(after(hiding, hidden, drop)).toBe('Hidden hidden');
  expect(after(hiding, there, drop)).toBe('Approved retrying');
  const away = in_('Hidden');
  expect(after(away, hidden, drop)).toBe('Hidden awaiting_approval');
  const unproven = { kind: 'unproven', reason: 'unproven' } as const;
  expect(after(away, { ...hidden, verdict: unproven }, drop)).toBe('Applying under_way drop');
  const slower = { kind: 'regression', reason: 'regression' } as const;
  expect(after(away, { ...hidden, verdict: slower }, { ...drop, autoRollback: false })).toBe(
    'RollingBack regression',
  );
  const cut = { kind: 'refused', reason: 'hints_cut' } as const;
  expect(after(away, { ...hidden, preflight: cut, verdict: unproven }, drop)).toBe(
    'Applying under_way drop',
  );
  expect(after(away, { ...hidden, deleted: true }, drop)).toBe('RollingBack deleted');
  expect(after(away, there, drop)).toBe('Gone changed_by_hand release');
  expect(after(in_('RollingBack'), hidden, drop)).toBe('RollingBack awaiting_approval show');
  expect(after(in_('RollingBack'), there, drop)).toBe('RolledBack awaiting_approval release');
});

it('a hidden index whose drop is refused stays hidden, and is shown after the last attempt', () => {
  const drop: Subject = { ...subject, kind: 'drop-index', hides: true };
  const hidden: Observed = {
    ...looked,
    server: { kind: 'present', valid: true, whose: 'ours', hidden: true },
  };
  const dropping = (attempt: number) =>
    in_('Applying', { attempt, unmissed: true, intent: { command: 'drop', at: 0 } });
  expect(after(dropping(1), hidden, drop)).toBe('Hidden retrying');
  expect(after(dropping(mostAttempts), hidden, drop)).toBe('RollingBack retrying');
  expect(after(dropping(1), present(true, 'ours'), drop)).toBe('Gone changed_by_hand release');
  expect(after(dropping(1), looked, drop)).toBe('Observing collecting_evidence');
});

it('says who approves it as it begins, where the first has taken that back', () => {
  const first = in_('Deferred', { approvedBy: 'ann' });
  expect(step(subject, first, looked, now).state).toMatchObject({
    phase: 'Applying',
    approvedBy: 'dba',
  });
});

it('what nobody approved in time expires, and a deleted one is let go', () => {
  expect(after(in_('Proposed'), open, { ...subject, expiresAt: now })).toContain('Expired');
  expect(after(in_('Kept'), { ...open, deleted: true })).toContain('release');
});
