import { adviceCodes } from './advice-codes.ts';
import type { CodeEntry } from './code-entry.ts';
import { statementCodes } from './statement-codes.ts';

/**
 * Every reason why a statement has no plan, or a cycle did not run: one closed table. Status,
 * history, metrics, logs and docs/error-codes.md speak these words and no others. A code, once
 * released, keeps its meaning.
 */
export const codes = {
  ...statementCodes,
  blackout: {
    scope: 'cycle',
    action: 'wait',
    meaning: 'The target’s spec forbids collection at this hour.',
    remedy: 'See collection.blackouts.',
  },
  digest_table_full: {
    scope: 'statement',
    action: 'human',
    meaning: 'The server’s table of statements is full; new ones are not counted.',
    remedy: 'Enlarge it (pg_stat_statements.max; performance_schema_digests_size).',
  },
  secret_unavailable: {
    scope: 'cycle',
    action: 'human',
    meaning: 'The credentials that the target names cannot be read.',
    remedy: 'Create the Secret with the keys username and password, or correct its name.',
  },
  duplicate_target: {
    scope: 'cycle',
    action: 'human',
    meaning: 'Another target names the same server and database.',
    remedy: 'Delete one of the two.',
  },
  statement_timeout: {
    scope: 'either',
    action: 'retry',
    meaning: 'The server did not answer within the statement timeout and was cancelled.',
    remedy: 'The timeout adapts; raise safety.statementTimeout.max if it stays so.',
  },
  lock_timeout: {
    scope: 'statement',
    action: 'retry',
    meaning:
      'A lock on one of its relations was not free, or someone has, or waits for, an exclusive ' +
      'one: we do not queue.',
    remedy: 'Nothing; it is tried in the next cycle.',
  },
  recovery_conflict: {
    scope: 'either',
    action: 'retry',
    meaning: 'On a standby: the server cancelled us, because replay needed what we read.',
    remedy: 'Nothing; replay goes first. If it stays so, collect from another standby.',
  },
  too_large: {
    scope: 'either',
    action: 'wait',
    meaning:
      'The text or the plan is larger than the target allows, or nested deeper than it is read; ' +
      'of a cycle: the server sent more than a server of its kind does. The size is said.',
    remedy:
      'Raise safety.limits.queryText or .plan; of a cycle: look what answers at the target’s ' +
      'address.',
  },
  too_many_relations: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'Planning would lock more relations than the allowed share of the server’s lock table, ' +
      'those named in functions that it may run among them; at least how many is said.',
    remedy:
      'Make partition pruning possible at plan time, raise max_locks_per_transaction, or raise ' +
      'safety.limits.relations.',
  },
  rate_limited: {
    scope: 'statement',
    action: 'retry',
    meaning: 'The target’s explain budget for this moment is used up.',
    remedy: 'Raise safety.explains if the server can bear more.',
  },
  budget_spent: {
    scope: 'either',
    action: 'wait',
    meaning: 'Our own statements have used the share of database time that the target allows.',
    remedy: 'Lengthen the interval, or raise safety.databaseTimeBudget.',
  },
  brake_replication_lag: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'A standby is too far behind.',
    remedy: 'See safety.brake.replicationLag.',
  },
  brake_active_sessions: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'The server has more active sessions per core than allowed.',
    remedy: 'See safety.brake.activePerCore and .cores.',
  },
  brake_connections: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'Too large a share of the connections is in use.',
    remedy: 'See safety.brake.connectionsUsed.',
  },
  brake_lock_waiters: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'Too many sessions wait for locks.',
    remedy: 'See safety.brake.lockWaiters.',
  },
  brake_slowdown: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'Our own statements take several times longer than usual on this server.',
    remedy: 'See safety.brake.slowdown.',
  },
  brake_role_change: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'The server’s role changed since the last cycle (a failover).',
    remedy: 'Nothing; collection goes on in the next cycle.',
  },
  circuit_open: {
    scope: 'cycle',
    action: 'wait',
    meaning:
      'Several cycles in a row failed: circuit breaker open; next attempt at the time shown.',
    remedy: 'Fix the cause shown beside it.',
  },
  emergency_stop: {
    scope: 'either',
    action: 'stop',
    meaning: 'Someone stopped collection.',
    remedy: '`dbintel resume`, or delete the EmergencyStop.',
  },
  suspended: {
    scope: 'cycle',
    action: 'stop',
    meaning: 'spec.suspend is true.',
    remedy: 'Set spec.suspend to false.',
  },
  locked_by_peer: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'Another target of this server is collected at this moment.',
    remedy:
      'Nothing: targets of one server take turns. If it comes in most cycles, lengthen their ' +
      'intervals.',
  },
  fenced: {
    scope: 'cycle',
    action: 'stop',
    meaning: 'Another collector owns this target now.',
    remedy: 'Nothing.',
  },
  ownership_lost: {
    scope: 'cycle',
    action: 'stop',
    meaning: 'This replica lost the target’s shard during the cycle, which was cancelled.',
    remedy:
      'Nothing: the next owner goes on. If it comes often, see dbintel_ownership_state and Redis.',
  },
  target_deleted: {
    scope: 'cycle',
    action: 'stop',
    meaning: 'The DatabaseTarget was deleted during the cycle, which was cancelled.',
    remedy: 'Nothing.',
  },
  program_ending: {
    scope: 'cycle',
    action: 'stop',
    meaning:
      'The program was told to end, and the cycle did not finish in the time that it had for that.',
    remedy:
      'Nothing. Where it comes with every roll-out, lengthen DBINTEL_DRAIN and the pod’s grace ' +
      'period.',
  },
  cycle_timeout: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'The cycle took longer than the interval (at least 30 s) and was cancelled.',
    remedy:
      'Lengthen collection.interval, or lower maxQueriesPerCycle; look whether the server ' +
      'answers slowly.',
  },
  library_fault: {
    scope: 'cycle',
    action: 'wait',
    meaning:
      'A library threw, while it worked for this target, where nobody can catch it. The cycle ' +
      'was ended and the circuit opened at once; other targets went on.',
    remedy:
      'Report it with the log line, and look what answers at the target’s address. It is tried ' +
      'again as after any open circuit.',
  },
  pooled_connection: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'There is a connection pooler between us and the server; our timeouts and locks would ' +
      'leak to other clients.',
    remedy: 'Point spec.connection at the server itself, not at the pooler.',
  },
  several_servers: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'The connections of one cycle, or of one index change, reached different servers: a load ' +
      'balancer or a reader endpoint is in between. Locks and limits on one do not protect the ' +
      'other.',
    remedy: 'Name one server in spec.connection.host, and make a target for each.',
  },
  connection_failed: {
    scope: 'either',
    action: 'retry',
    meaning:
      'The server could not be reached, refused, dropped the connection, or answered what no ' +
      'server of its kind answers. Of a statement: its database let nobody in, or its connection ' +
      'was killed or cut while it was planned.',
    remedy:
      'Check host, port, network policy and the server’s free connections; and whether it is a ' +
      'server of this engine that listens there.',
  },
  authentication_failed: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'The server refused the credentials, also after they were read again; or it asked for the ' +
      'password in a way that the target does not allow, and did not get it.',
    remedy:
      'Correct the Secret or the role’s password. Where the server asks for the password ' +
      'itself: turn on TLS, or name the way in connection.requireAuth.',
  },
  tls_failed: {
    scope: 'cycle',
    action: 'human',
    meaning: 'The connection could not be encrypted or verified as the target demands.',
    remedy: 'Check spec.connection.tls: mode, ca.crt, and that the certificate names the host.',
  },
  unsupported_version: {
    scope: 'cycle',
    action: 'human',
    meaning: 'The server is older than what is supported.',
    remedy:
      'PostgreSQL 14 to 18, MySQL 8.0 to 9, MariaDB 10.6 to 11; and spec.engine must name the ' +
      'product that answers.',
  },
  prerequisite_missing: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'The server lacks something that collection needs; status names it with the statement ' +
      'that mends it.',
    remedy: '`dbintel validate TARGET.yaml --connect` shows all of them.',
  },
  server_in_recovery: {
    scope: 'either',
    action: 'retry',
    meaning: 'The server is starting up or does not accept connections yet.',
    remedy: 'Nothing.',
  },
  invalid_manifest: {
    scope: 'cycle',
    action: 'human',
    meaning: 'The manifest has mistakes; each is named with its line.',
    remedy: '`dbintel validate FILE`.',
  },
  invalid_config: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'A variable of the environment or an argument of the command has a value that it cannot ' +
      'have; each is named.',
    remedy:
      'Correct it: docs/configuration.md says what each variable takes, `--help` what a command ' +
      'takes.',
  },
  coordination_failed: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'Redis did not answer, or refused.',
    remedy:
      'Nothing at once: replicas go on with what they own. Check Redis, its address and its ' +
      'user’s rights.',
  },
  cluster_failed: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'The Kubernetes API server did not answer, or refused.',
    remedy: 'Check the kubeconfig or the ServiceAccount’s rights; requests are tried again.',
  },
  not_collected: {
    scope: 'cycle',
    action: 'retry',
    meaning: 'No cycle has ended for three intervals.',
    remedy:
      'Look at dbintel_cycles_waiting and the replica’s load: it may own more than it can collect.',
  },
  not_found: {
    scope: 'cycle',
    action: 'human',
    meaning: 'There is nothing of that name.',
    remedy: '`kubectl get dbt -A`, or GET /api/v1/targets, lists what there is.',
  },
  verdict_refused: {
    scope: 'either',
    action: 'human',
    meaning:
      'What was said of a finding cannot be taken here: the target’s annotation says something ' +
      'of it already, or as many verdicts as are kept of one target have been given.',
    remedy:
      'Change the annotation `dbintel.io/findings` of the target; or take verdicts back that ' +
      'are not needed (`dbintel finding list` tells them), and mute a rule as a whole by ' +
      '`spec.findings.mute`.',
  },
  ...adviceCodes,
  newer_data: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'History or state was written by a newer version of dbintel than this one; nothing was ' +
      'written to it.',
    remedy: 'Run the newer version again, or give this one a data folder or database of its own.',
  },
  disk_full: {
    scope: 'cycle',
    action: 'retry',
    meaning:
      'The volume of the data folder is full: nothing can be written to the file that is named. ' +
      'Collecting goes on, and what was collected waits in memory.',
    remedy:
      'Make room, or enlarge the volume: it goes on by itself. DBINTEL_KEEP_SIZE limits what the ' +
      'history takes.',
  },
  file_damaged: {
    scope: 'cycle',
    action: 'human',
    meaning:
      'A file of the data folder is damaged. A history is set aside as history.db.damaged and ' +
      'made anew with all that can be read of it; a second one waits for you, as does state.db.',
    remedy:
      'Look at the disk. Remove history.db.damaged when nothing more is wanted of it; move any ' +
      'other file away with its -wal and -shm, and a new one is made.',
  },
  file_unusable: {
    scope: 'cycle',
    action: 'retry',
    meaning:
      'A file of the data folder cannot be opened, read or written: its volume became read-only, ' +
      'has errors, or belongs to someone else.',
    remedy: 'Mend the volume, or its rights: it goes on by itself.',
  },
  internal: {
    scope: 'either',
    action: 'human',
    meaning: 'Internal error; please report it.',
    remedy: 'Include the log line in the report.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
export const allCodes = Object.keys(codes) as Code[];
