/** An index of a recommendation, as the server's catalog has it. */
export type IndexSeen =
  | { kind: 'absent' }
  /** A session of an executor works on it, or on another one of the server. */
  | { kind: 'busy' }
  | {
      kind: 'present';
      /** Plans may use it. */
      valid: boolean;
      /**
       * `ours`: it has our mark, or is the very index that a drop speaks of. `unmarked`: as ours
       * would be, without a mark.
       */
      whose: 'ours' | 'unmarked' | 'foreign';
      /** It is kept as it is, and no plan may use it until it is shown again. */
      hidden?: true;
      /** Of a partitioned table: what is there is sound, and some of it is missing. */
      resumable?: true;
    };

/** Why a change is not begun now, whatever has been approved. */
export type PreflightRefusal =
  | 'old_snapshot'
  | 'other_build'
  | 'server_in_recovery'
  | 'role_lacks_ownership'
  | 'transactions_unseen'
  | 'used_since'
  | 'partitions_nested'
  | 'partitions_changed'
  | 'valid_by_now'
  | 'index_hinted'
  | 'hints_unseen'
  | 'hints_cut'
  | 'cover_gone'
  | 'replicas_unseen'
  | 'slot_behind'
  | 'server_is_replica'
  | 'server_in_cluster'
  | 'replication_unseen'
  | 'served_by_now'
  | 'version_loses_rows'
  | 'table_missing';

/** What a statement that changes an index failed with; `final`: it always will. */
export interface WorkFailure {
  reason:
    | 'lock_timeout'
    | 'cancelled'
    | 'no_space'
    | 'sort_failed'
    | 'temp_limit'
    | 'key_too_long'
    | 'role_lacks_ownership'
    | 'name_taken'
    | 'table_missing'
    | 'partitions_changed'
    | 'column_missing'
    | 'online_refused'
    | 'online_log_full'
    | 'refused_by_server'
    | 'connection_failed';
  final: boolean;
}
