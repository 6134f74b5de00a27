import type { Code } from '../base/codes.ts';

/**
 * What people call the state of a target: words to act on, one a target. It follows from the
 * condition Ready, from what somebody stopped, and from whether anybody speaks of it. Pure.
 */
export const fleetKinds = ['needs-you', 'waits', 'well'] as const;
export type FleetKind = (typeof fleetKinds)[number];

/** What needs somebody first; the order in which a list shows them. */
export const fleetStates = [
  'circuit-open',
  'cannot-connect',
  'prerequisite',
  'manifest',
  'failing',
  'silent',
  'stopped',
  'waiting',
  'starting',
  'paused',
  'collecting',
] as const;
export type FleetState = (typeof fleetStates)[number];

export const stateWords: Record<FleetState, { kind: FleetKind; meaning: string }> = {
  'circuit-open': {
    kind: 'needs-you',
    meaning: 'Several cycles in a row failed; cycles rest until the next try.',
  },
  'cannot-connect': {
    kind: 'needs-you',
    meaning: 'The server cannot be reached, or does not let us in.',
  },
  prerequisite: {
    kind: 'needs-you',
    meaning: 'Something has to be prepared on the server; the target says with which statement.',
  },
  manifest: { kind: 'needs-you', meaning: 'The DatabaseTarget itself has to be changed.' },
  failing: { kind: 'needs-you', meaning: 'Cycles fail for a reason of our own; see the log.' },
  silent: {
    kind: 'needs-you',
    meaning: 'Nobody has said anything of it for a long time: look at the replicas.',
  },
  stopped: { kind: 'waits', meaning: 'An emergency stop covers it.' },
  waiting: { kind: 'waits', meaning: 'It goes on by itself: a brake, a budget, a blackout.' },
  starting: { kind: 'waits', meaning: 'Its first cycle is still to come.' },
  paused: { kind: 'waits', meaning: 'spec.suspend is true.' },
  collecting: { kind: 'well', meaning: 'Its last cycle was well.' },
};

/** What a reason makes of a target while it lasts, and a few words why. */
const reasons = {
  insufficient_privilege: ['prerequisite', 'a right is missing'],
  blackout: ['waiting', 'a blackout of its spec'],
  secret_unavailable: ['cannot-connect', 'its credentials cannot be read'],
  duplicate_target: ['manifest', 'another target names the same database'],
  statement_timeout: ['waiting', 'a statement ran into the time limit'],
  too_large: ['waiting', 'an answer of the server is too large'],
  budget_spent: ['waiting', 'the budget of database time is spent'],
  brake_replication_lag: ['waiting', 'a standby is too far behind'],
  brake_active_sessions: ['waiting', 'the server is too busy'],
  brake_connections: ['waiting', 'too many connections are in use'],
  brake_lock_waiters: ['waiting', 'too many sessions wait for locks'],
  brake_slowdown: ['waiting', 'the server answers much slower than usual'],
  brake_role_change: ['waiting', 'the server’s role has changed'],
  circuit_open: ['circuit-open', 'several cycles in a row failed'],
  emergency_stop: ['stopped', 'an emergency stop'],
  suspended: ['paused', 'spec.suspend is true'],
  locked_by_peer: ['waiting', 'another target of this server has its turn'],
  fenced: ['waiting', 'another replica takes over'],
  ownership_lost: ['waiting', 'another replica takes over'],
  target_deleted: ['waiting', 'it was deleted'],
  program_ending: ['waiting', 'another replica takes over'],
  cycle_timeout: ['failing', 'a cycle takes longer than its interval'],
  library_fault: ['failing', 'a library failed while it worked for it'],
  pooled_connection: ['prerequisite', 'a connection pooler is in between'],
  several_servers: ['prerequisite', 'a load balancer is in between'],
  connection_failed: ['cannot-connect', 'the server cannot be reached'],
  authentication_failed: ['cannot-connect', 'the credentials are refused'],
  tls_failed: ['cannot-connect', 'the connection cannot be encrypted as it should'],
  unsupported_version: ['prerequisite', 'the server is too old'],
  prerequisite_missing: ['prerequisite', 'the server lacks something'],
  server_in_recovery: ['waiting', 'the server is starting up'],
  recovery_conflict: ['waiting', 'a standby’s replay ended what was asked'],
  server_lost: ['circuit-open', 'the server was lost with two statements; none is planned today'],
  catalog_inconsistent: ['waiting', 'the server’s catalogs do not fit together'],
  invalid_manifest: ['manifest', 'this version does not understand its spec'],
  coordination_failed: ['failing', 'Redis does not answer'],
  cluster_failed: ['failing', 'the API server does not answer'],
  not_collected: ['silent', 'no cycle has ended for three intervals'],
  disk_full: ['failing', 'the volume of the data folder is full'],
  file_damaged: ['failing', 'a file of the data folder is damaged'],
  file_unusable: ['failing', 'a file of the data folder cannot be used'],
  newer_data: ['failing', 'its state was written by a newer version'],
  internal: ['failing', 'an error of our own'],
} as const satisfies Partial<Record<Code, readonly [FleetState, string]>>;

export const hasWords = (code: string): code is keyof typeof reasons =>
  Object.hasOwn(reasons, code);

export interface StateFacts {
  suspend: boolean;
  /** A stop in force covers it. */
  stopped: boolean;
  /** Of the condition Ready; absent where nobody has written a status. */
  ready?: { status: string; reason: string } | undefined;
  circuit?: string | undefined;
  /** While the circuit is open: the code of what opened it. */
  cause?: string | undefined;
  /** The first prerequisite that fails, for people. */
  missing?: string | undefined;
  /** Nobody has written its status for long. */
  silent: boolean;
}

/** `ConnectionFailed` → `connection_failed`. */
const toCode = (reason: string): string =>
  reason.replace(/[A-Z]/g, (letter, at: number) => `${at ? '_' : ''}${letter.toLowerCase()}`);

export interface Told {
  state: FleetState;
  why?: string;
}

export function stateOf(facts: StateFacts): Told {
  const { suspend, stopped, ready, silent } = facts;
  if (stopped) return { state: 'stopped', why: reasons.emergency_stop[1] };
  if (suspend) return { state: 'paused', why: reasons.suspended[1] };
  if (ready?.reason === 'CollectorEnded')
    return { state: 'silent', why: 'the last replica has ended' };
  if (silent) return { state: 'silent', why: 'nobody has written its status for 15 minutes' };
  if (!ready || ready.reason === 'Starting')
    return { state: 'starting', why: 'no cycle has run yet' };
  return ready.status === 'True' ? { state: 'collecting' } : ofTrouble(facts, toCode(ready.reason));
}

/**
 * What fails once is tried again by itself; when the circuit opens, somebody should look. What
 * opened it says where.
 */
function ofTrouble({ circuit, cause, missing }: StateFacts, reason: string): Told {
  // It was when it spoke last, and is not any more.
  if (reason === 'emergency_stop' || reason === 'suspended')
    return { state: 'starting', why: 'its next cycle is to come' };
  const code = reason === 'circuit_open' && cause !== undefined ? cause : reason;
  const [state, words] = hasWords(code) ? reasons[code] : (['failing', code] as const);
  const why = missing && state === 'prerequisite' ? missing : words;
  if (circuit === 'open' && (state === 'waiting' || state === 'failing'))
    return { state: 'circuit-open', why };
  if (circuit !== 'open' && code === 'connection_failed') return { state: 'waiting', why };
  return { state, why };
}
