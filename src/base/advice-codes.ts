import type { CodeEntry } from './code-entry.ts';

/** Why there is no advice, or none of it is carried out: a part of the table in `codes.ts`. */
export const adviceCodes = {
  change_refused: {
    scope: 'either',
    action: 'human',
    meaning:
      'A change that was advised, or written by somebody, is not one that dbintel builds: the ' +
      'detail says what of it is outside the closed set of what it does.',
    remedy:
      'Nothing was done. Make such an index by hand; of what dbintel itself advised, report it.',
  },
  unplannable: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'The what-if planner cannot plan the statement: a table, type, function or extension that ' +
      'it needs is not there; the detail says which kind. No advice stands on it.',
    remedy:
      'Nothing: it has its own extensions, those that come with PostgreSQL. What could not be ' +
      'taken over of the database is listed with the advice.',
  },
  plan_differs: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'The what-if planner plans the statement as it is otherwise than the server had done, so ' +
      'nothing is advised of it.',
    remedy:
      'Nothing, if they are few: statistics of that moment, or values in place of parameters. ' +
      'If they are many, see `agreement`: then no advice is sure.',
  },
  value_unknown: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'Whether the statement gains depends on the values that people ask for: on the copy it ' +
      'does with some of those that it may have had, and with others it does not.',
    remedy: 'Nothing: it is left to rules. Look at its plan once there is an index.',
  },
  sandbox_refused: {
    scope: 'either',
    action: 'human',
    meaning:
      'What `spec.advice.sandbox` names is no copy that indexes may be tried on: it is the ' +
      'server itself, is read-only, or replicates with others. Nothing was changed there.',
    remedy:
      'Name a copy that nothing else depends on: staging, or a restored backup. What is left of ' +
      'a replica goes with `RESET REPLICA ALL`. Until then, advice is by rules.',
  },
  planner_timeout: {
    scope: 'either',
    action: 'retry',
    meaning: 'The what-if planner took longer than it may, and was ended with its world.',
    remedy: 'Nothing: it is begun anew in the next run, and nothing of it runs on the target.',
  },
  planner_failed: {
    scope: 'either',
    action: 'retry',
    meaning: 'The what-if planner could not be started, or its thread ended.',
    remedy: 'Look at the memory of the process: it needs some 450 MB beside the program.',
  },
  partitions_nested: {
    scope: 'either',
    action: 'human',
    meaning:
      'A partition of the table has partitions itself, so that its index cannot be built beside ' +
      'the work of others, partition by partition. It is put off.',
    remedy: 'Make it by hand, or reject the change: one on each innermost partition can be built.',
  },
  index_budget_spent: {
    scope: 'either',
    action: 'human',
    meaning:
      'The index, with those that dbintel has built in the database already, would take more ' +
      'than the target allows. How much room the disk has cannot be read by SQL. It is put off.',
    remedy: 'Look at the room on the disk, then raise spec.advice.budget, or reject the change.',
  },
  replica_unread: {
    scope: 'either',
    action: 'retry',
    meaning:
      'An index is to go as unused, and a replica that may read it could not be asked; the ' +
      'detail says which. Nothing is dropped.',
    remedy:
      'See that the executor reaches each target of spec.advice.replicas, with the role that ' +
      'builds; take out what is no replica any more.',
  },
  replicas_unseen: {
    scope: 'either',
    action: 'human',
    meaning:
      'The role that builds may not see how far the standbys are, so nobody could end a build ' +
      'that leaves them behind. It is put off.',
    remedy: 'GRANT pg_read_all_stats to the role of spec.advice.executor.',
  },
  slot_behind: {
    scope: 'either',
    action: 'human',
    meaning:
      'A replication slot holds back more WAL than is usual: nobody reads it, or it is about to ' +
      'be given up. A build would add the size of its index. It is put off.',
    remedy:
      'Look at pg_replication_slots: bring back who reads it, or drop it. One that does not ' +
      'count is named in safety.brake.exceptStandbys.',
  },
  server_is_replica: {
    scope: 'either',
    action: 'human',
    meaning:
      'The server replicates from another, and takes writes all the same: an index that is made ' +
      'here exists only here. It is put off.',
    remedy:
      'It is a replica: approve on its source. Where it is one no more: RESET REPLICA ALL. Of ' +
      'two that replicate from each other, make the index by hand.',
  },
  server_in_cluster: {
    scope: 'either',
    action: 'human',
    meaning:
      'The server is a member of a Galera cluster, in which a DDL stops the writes of all ' +
      'members, or of a group with several primaries, in which it may conflict with theirs. It ' +
      'is put off.',
    remedy:
      'Make it by hand, node after node: SET SESSION wsrep_OSU_method = RSU; in a group, while ' +
      'one member alone is written to. Or reject the change.',
  },
  replication_unseen: {
    scope: 'either',
    action: 'human',
    meaning:
      'The account that builds may not see whether the server replicates from another; on a ' +
      'replica nothing is built. It is put off.',
    remedy:
      'GRANT SELECT ON performance_schema.* (MySQL) or REPLICA MONITOR ON *.* (MariaDB) to the ' +
      'account of spec.advice.executor.',
  },
} as const satisfies Record<string, CodeEntry>;
