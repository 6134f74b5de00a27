import type { Code } from '../base/codes.ts';
import type { IndexSeen } from '../model/index-seen.ts';
import type { ProposalPhase } from '../model/proposal.ts';

/**
 * The words of the approval loop: what is remembered of a recommendation, what is observed, what is
 * to be done. Plain data; `machine.ts` has the rules.
 */
export type Phase = ProposalPhase;

/** Why it is in its phase, where that is no code of the table, or one that speaks of cycles. */
export const loopReasons = {
  awaiting_approval: 'nobody has approved it',
  content_changed: 'the approval is for another content',
  approval_revoked: 'the approval was taken back',
  approved: 'it waits for its turn',
  retrying: 'the last attempt failed; it is tried again',
  old_snapshot: 'a transaction has been open for too long; a build would wait for it',
  other_build: 'another index of the table is being built',
  role_lacks_ownership: 'the role does not own the table',
  transactions_unseen: 'the role may not see who has the table open',
  table_missing: 'the table is not there',
  column_missing: 'a column of the index is not there',
  used_since: 'it was to go as unused, and has been read since',
  hints_unseen:
    'which indexes statements name in hints is not counted, or the account may not see it',
  hints_cut: 'of some statements the server keeps the beginning only: a hint in one may name it',
  index_hinted: 'a statement names it in a hint, and fails without it',
  cover_gone: 'it was to go as redundant, and what stands in for it is not there any more',
  valid_by_now: 'it was to go as invalid, and somebody has built it again',
  served_by_now: 'another index that is there by now does the same',
  version_loses_rows:
    'the server’s version leaves rows out of an index built beside writes; update it',
  partitions_changed:
    'its table has other partitions by now, or none; the next run advises it anew',
  outside_window: 'it waits for the window of the target',
  not_vouched: 'nobody vouches for approvals: the policy is not there, or lets forged ones through',
  under_way: 'the server works on it',
  removing_invalid: 'what a failed build has left is being removed',
  deadline: 'it took longer than twelve hours, and was ended',
  name_taken: 'an index of that name is there, and is not the one that is meant',
  definition_changed: 'the index is not the one that was approved any more',
  cancelled: 'what ran was ended',
  others_waited: 'somebody waited for it, and others behind them; it gave way',
  no_space:
    'it filled the disk, where others write as well; to sort it takes as much again as the index',
  temp_limit: 'it sorts more than temp_file_limit lets the role that builds: have that raised',
  sort_failed:
    'the server failed to sort it: its tmpdir is full, or the table damaged (CHECK TABLE tells)',
  key_too_long: 'a key of it is longer than the server lets an index have',
  refused_by_server: 'the server refused it',
  not_applied_here: 'the target does not say advice.mode: apply',
  online_refused: 'the server cannot do it without blocking others',
  online_log_full: 'more was written meanwhile than innodb_online_alter_log_max_size holds',
  attempts_used_up: 'it failed too often',
  collecting_evidence: 'its effect is being watched',
  hidden: 'no plan may use it; it is dropped once nobody has missed it',
  improved: 'the statements that it is for got faster',
  unproven: 'no effect could be shown in time',
  no_history: 'there is no history to judge its effect by',
  regression: 'something got slower',
  brake: 'the health brake was on',
  index_invalid: 'the index became invalid',
  changed_by_hand: 'somebody changed it by hand',
  deleted: 'the recommendation was deleted',
  expired: 'it was not approved in time',
  rejected: 'somebody rejected it',
  target_deleted: 'its target is there no more',
  server_changed: 'its target names another server by now',
  program_ending: 'the executor ended, and with it what ran; the next one goes on',
} as const;
export type LoopReason = keyof typeof loopReasons | Code;

/** What does not pass by itself: people are told of it whatever the phase. */
export const lastingReasons: ReadonlySet<LoopReason> = new Set<LoopReason>([
  'content_changed',
  'server_changed',
  'role_lacks_ownership',
  'transactions_unseen',
  'replicas_unseen',
  'replication_unseen',
  'hints_unseen',
  'hints_cut',
  'index_hinted',
  'table_missing',
  'used_since',
  'cover_gone',
  'valid_by_now',
  'served_by_now',
  'version_loses_rows',
  'partitions_nested',
  'partitions_changed',
  'server_is_replica',
  'server_in_cluster',
  'index_budget_spent',
  'not_applied_here',
  'secret_unavailable',
]);

export interface LoopState {
  phase: Phase;
  /** Of the phase. */
  since: number;
  reason: LoopReason;
  /** The numbers that the reason stands on. */
  detail?: string;
  /** Attempts in the present direction. */
  attempt: number;
  /** Nothing is begun before. */
  notBefore: number;
  approvedBy?: string;
  /** What was about to be done when this was written: always before it is done. */
  intent?: Intent;
  /** What the last attempt failed with, while what it left is being removed. */
  failure?: Failed;
  /** Since when the change is in force; of one that is hidden first: since when it is. */
  appliedAt?: number;
  /** It was hidden for long enough: what is left of a drop is to do it. */
  unmissed?: true;
  /** Which its target named when it was approved; of older states it is not known. */
  server?: string;
}

export interface Intent {
  command: 'build' | 'drop' | 'hide' | 'show';
  at: number;
}

/** `final`: it always will. */
export interface Failed {
  reason: LoopReason;
  final: boolean;
}

/** What does not change about a recommendation. */
export interface Subject {
  kind: 'create-index' | 'drop-index';
  contentHash: string;
  expiresAt: number;
  /** A regression is taken back without being asked. */
  autoRollback: boolean;
  /** The engine can hide an index: so it does, for a while, before it drops one. */
  hides: boolean;
}

/** Why nothing is begun, with numbers where it has any. */
export interface Refused {
  reason: LoopReason;
  detail?: string;
}

/** All that was looked at in one pass. What was not, or could not be, is absent. */
export interface Observed {
  approval?: { contentHash: string; by: string; rejects: boolean };
  gate: GateSeen;
  deleted: boolean;
  /** Its target is there no more, for certain; `left`: what may be on the server of it. */
  targetGone?: { left: string };
  server?: IndexSeen;
  /** Its target names another server by now, `to`; `left`: what may be on the former. */
  moved?: { to: string; left: string };
  preflight?: { kind: 'ok' } | ({ kind: 'refused' } & Refused);
  /** What the command before this look failed with. */
  failed?: Failed;
  verdict?: LoopVerdict;
}

export type GateSeen =
  | { kind: 'open' }
  /** `stop`: what runs has to end, too. */
  | { kind: 'closed'; reason: LoopReason; until?: number; stop: boolean };

export type LoopVerdict =
  | { kind: 'improved' }
  | { kind: 'unproven'; reason: LoopReason }
  | { kind: 'regression'; reason: LoopReason };

export type LoopCommand =
  | { kind: 'build' }
  | { kind: 'drop' }
  /** Keeps it from being planned with, and lets it be again. */
  | { kind: 'hide' }
  | { kind: 'show' }
  /** Writes our mark onto the index. */
  | { kind: 'mark' }
  | { kind: 'cancel' }
  /** Nothing of it is left to us: the recommendation may go. */
  | { kind: 'release' };

export interface Stepped {
  state: LoopState;
  commands: LoopCommand[];
}

export const proposed = (now: number): LoopState => ({
  phase: 'Proposed',
  since: now,
  reason: 'awaiting_approval',
  attempt: 0,
  notBefore: 0,
});

const final: ReadonlySet<Phase> = new Set([
  'Kept',
  'RolledBack',
  'Failed',
  'Rejected',
  'Expired',
  'Gone',
]);
/** Nothing will happen any more. */
export const isFinal = ({ phase }: Pick<LoopState, 'phase'>): boolean => final.has(phase);

const held: ReadonlySet<Phase> = new Set([
  'Applying',
  'Cleaning',
  'Hidden',
  'Observing',
  'RollingBack',
]);
/** The server may have something of it that has to be seen to first. */
export const isHeld = ({ phase }: Pick<LoopState, 'phase'>): boolean => held.has(phase);
