import type { Clock } from '../../base/clock.ts';
import type { EngineName } from '../../model/engine-name.ts';
import type { Snapshot } from '../../model/statistics.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import type { Prerequisite, StatementRef } from '../engine.ts';
import { countIn, numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import type { CatalogWords } from './facts/catalog-sql.ts';
import type { FamilyHealth } from './health.ts';
import type { LoadableWords } from './loadable-functions.ts';

/** What MySQL and MariaDB do differently. Everything else of a session is the same for both. */
export interface Variant {
  name: EngineName;
  oldest: readonly [major: number, minor: number];
  /**
   * One row: version, comment, id, standby, connection, sample_length, lowers_names, sql_mode,
   * settings, and waits where the server may be a member of a cluster.
   */
  serverSql: string;
  catalogWords: CatalogWords;
  /** Settings that only this product has, and rules look at. */
  ownSettings: readonly string[];
  /** One row: connection, id; as in `serverSql`, on a second connection. */
  instanceSql: string;
  /** Settings of the connection that runs EXPLAIN, as one SET statement. */
  workerSettings(server: Server): string;
  /**
   * In a cluster each read may be set to wait until all members are heard and this one has caught
   * up: two dozen messages through the cluster a cycle, and no answer where the others give none.
   * What we read is never that fresh. With no transaction open.
   */
  readsAtOnceSql: string;
  /** Changes the server's own limit for a SELECT. */
  timeoutSql(timeout_ms: number): string;
  /** EXPLAIN of INSERT, UPDATE and DELETE can be had without risk, given the right to do them. */
  explainsWrites: boolean;
  /**
   * Planning a SELECT runs its queries of one row, and in a procedure no limit of the server ends
   * that.
   */
  runsWhilePlanning: boolean;
  /** Functions that planning would run, whoever asks for the plan. */
  loadable: LoadableWords;
  /** What planning would queue for. None where planning does not wait for a lock. */
  awaitedTables(control: Connection, timeout_ms: number): Promise<LockedTables>;
  snapshot(control: Connection, server: Server, timeout_ms: number): Promise<Snapshot>;
  /**
   * Texts by statement key: as the server normalised it, and one with real values where there is
   * one.
   */
  texts(
    control: Connection,
    statements: readonly StatementRef[],
    server: Server,
    timeout_ms: number,
  ): Promise<Map<string, KnownText>>;
  health(control: Connection, timeout_ms: number, clock: Clock): Promise<FamilyHealth>;
  prerequisites(control: Connection, context: PrerequisiteContext): Promise<Prerequisite[]>;
  /**
   * Reads of a warning after EXPLAIN which index a conversion keeps from being used; its text holds
   * values and goes no further.
   */
  conversion(code: string, message: string): { index: string; column: string } | undefined;
  roleSql: ProductSql;
  indexes: IndexWords;
  /** What the functions above send, for people to read. */
  statements: {
    health: readonly string[];
    prerequisites: string;
    snapshot: readonly string[];
    texts: readonly string[];
    awaited: readonly string[];
  };
}

/** What MySQL and MariaDB say differently of an index. */
export interface IndexWords {
  /** What keeps the planner from it, and what lets it again. */
  hide: string;
  show: string;
  /** phase, done and total of what the session with this id does; no row: nothing is known. */
  progressSql(connection: string): string;
  /** Sizes are read as they are from then on, not as they were up to a day ago; absent: always. */
  sizesNowSql?: string;
  /** One row: `replicas`, null where it is not told. */
  replicasSql: string;
  /**
   * A row for each server that this one replicates from, or is behind in its group; `of_group` is 1
   * for what it has only because it is in one.
   */
  sourcesSql: string;
  /** A row for each member of its group that takes writes; absent where there are no groups. */
  primariesSql?: string;
}

/** What MySQL and MariaDB say differently in the SQL that prepares a server. */
export interface ProductSql {
  /** What this is, in comments. */
  heading: string;
  /** How the account logs in. */
  identified: string;
  /** Rights beside those on performance_schema. */
  rights(role: string): string;
  /** An account that nobody can log in with; `$ACCOUNT` is its name. */
  lockedAccount: string;
  /** Writes can be explained. */
  writes: boolean;
}

/** With the account's own rights, or through a procedure that has those of its definer. */
export type Via = 'direct' | 'procedure';

export interface Server {
  version: string;
  major: number;
  minor: number;
  id: string;
  standby: boolean;
  /**
   * The connection as the server counts it: another number than at login means a proxy in between.
   */
  connection: number;
  /** Bytes that the server keeps of a statement's text. */
  sampleLength: number;
  /** Names of schemas and tables are kept in lower case, however they are written. */
  lowersNames: boolean;
  /** Of new sessions, comma-separated. */
  sqlMode: string;
  /** Each read of a new session waits until this member has caught up with its cluster. */
  waitsForCluster: boolean;
  row: Row;
}

/**
 * `schema.table` of what someone has locked, or waits to lock: from everyone, or only from those
 * who write. `*`: all tables of the server.
 */
export interface LockedTables {
  fromAll: ReadonlySet<string>;
  fromWriters: ReadonlySet<string>;
}
export const nothingLocked: LockedTables = { fromAll: new Set(), fromWriters: new Set() };

export interface KnownText {
  digestText: string;
  /** With real values, as it ran. It never leaves the engine. */
  sample?: string;
  /** Why there is no sample, in a clause. */
  missing?: string;
}

export interface PrerequisiteContext {
  server: Server;
  /** Version that is supported. */
  oldest: Variant['oldest'];
  target: Target;
  now: number;
  timeout_ms: number;
}

/** Understood by both products: the first question, whatever answers. */
export const helloSql = 'SELECT VERSION() AS version, @@version_comment AS comment LIMIT 1';
export const isMariadb = (row: Row | undefined): boolean =>
  /mariadb/i.test(`${row?.['version']} ${row?.['comment']}`);

export function readServer(row: Row | undefined): Server {
  const version = row?.['version'] ?? '';
  // What is no version is older than any that is supported.
  const [, major = 0, minor = 0] = (/^(\d{1,3})\.(\d{1,3})/.exec(version) ?? []).map(Number);
  return {
    version: version.replace(/-.*$/, ''),
    major,
    minor,
    id: row?.['id'] ?? '',
    standby: row?.['standby'] === '1',
    connection: countIn(row, 'connection'),
    sampleLength: numberOr(row, 'sample_length', 1_024),
    lowersNames: row?.['lowers_names'] === '1',
    sqlMode: row?.['sql_mode'] ?? '',
    waitsForCluster: row?.['waits'] === '1',
    row: row ?? {},
  };
}

export const isAtLeast = (
  { major, minor }: Pick<Server, 'major' | 'minor'>,
  [a, b]: readonly [number, number],
) => major > a || (major === a && minor >= b);
