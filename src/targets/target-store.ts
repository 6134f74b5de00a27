import type { FleetTable } from '../fleet/table.ts';
import type { Credentials } from '../model/credentials.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { StopResource } from '../resources/kinds/emergency-stop/spec.ts';
import type { EmergencyStopStatus } from '../resources/kinds/emergency-stop/status.ts';

/**
 * Where targets and stops come from and where their status goes: a folder of manifests, or the
 * Kubernetes API.
 */
export interface TargetStore {
  /**
   * Tells of every target, then of every change. Handlers only take note: they are called from the
   * stream of changes.
   */
  watch(handler: TargetHandler): () => void;
  /**
   * The target as it is now. Throws AppError('invalid_manifest') when its spec is not one that this
   * version understands.
   */
  get(uid: string): Target | undefined;
  /** What people see of every target, as last told; none of a spec's mistakes matter there. */
  readonly table: FleetTable;
  /** Stops that lie where targets do. */
  readonly stops: StopStore;
  /**
   * User, password and TLS files. `fresh`: the server refused them, do not answer from memory.
   * Throws AppError('secret_unavailable').
   */
  credentials(target: CredentialsSubject, fresh: boolean): Promise<Credentials>;
  /**
   * Takes the status and returns: it is written when it is worth a write. A refusal is told to the
   * handler.
   */
  writeStatus(target: TargetIdentity, status: DatabaseTargetStatus): void;
  readStatus(target: Pick<Target, 'namespace' | 'name'>): Promise<DatabaseTargetStatus | undefined>;
  /**
   * What was taken of these targets and should be seen by others has been written, or given up
   * after a few seconds.
   */
  settle(uids: readonly string[]): Promise<void>;
  /** Something happened to the target that a person should find beside it. */
  event(target: TargetIdentity, event: TargetEvent): void;
  close(): Promise<void>;
}

export interface TargetHandler {
  /**
   * New, or its spec, labels or owner changed. `edit`: someone waits for it; `resync`: found while
   * listing.
   */
  upsert(target: TargetRef, why: 'edit' | 'resync'): void;
  gone(target: TargetRef): void;
  /** All that were there have been told. */
  synced(): void;
  /** A status was refused: another holder owns the target. */
  refused(uid: string): void;
}

export type TargetIdentity = Pick<Target, 'uid' | 'namespace' | 'name'>;

type CredentialsSubject = Pick<Target, 'namespace' | 'name'> & {
  spec: Pick<Target['spec'], 'connection'>;
};

/** What is kept of every target, owned or not. */
export interface TargetRef extends TargetIdentity {
  generation: number;
  /** Who writes its status, as last seen. */
  owner?: { holder: string; epoch: number };
  /** What is said of its findings, as it is written. */
  findingsAnnotation?: string;
  /** When somebody asked for a run of the advisor. */
  adviseAsked?: number;
  /** Its status says that the last replica has ended: nobody has collected it since. */
  ended?: true;
  /** Somebody has deleted it, and it only waits for others: it is not collected any more. */
  deleting?: true;
}

export interface TargetEvent {
  type: 'Normal' | 'Warning';
  /** UpperCamelCase. */
  reason: string;
  message: string;
}

export interface StopStore {
  /** Calls back with all stops that there are: once they are known, and after every change. */
  watch(onStops: (stops: readonly StopResource[]) => void): () => void;
}

/** What only a cluster has: an owner per target, and stops as resources. */
export interface ClusterTargetStore extends TargetStore {
  /**
   * Compare-and-swap of the owner; the status that was there comes back. May be sent again when the
   * answer was lost.
   */
  raise(target: TargetIdentity, ownership: Ownership): Promise<RaiseResult>;
  /**
   * Who owns the target now, asked of the API server itself; undefined: nobody, or it is gone.
   * Answers or throws within two seconds.
   */
  readOwner(target: TargetIdentity): Promise<TargetRef['owner']>;
  /** Of a target as last seen, from memory. */
  labels(uid: string): Record<string, string>;
  readonly stops: ClusterStopStore;
  /**
   * What the cluster is told apart by, as `kind:id`. Throws AppError('cluster_failed') while the
   * API server does not answer.
   */
  identity(): Promise<string>;
  readonly health: StoreHealth;
}

/** Stops as resources, written and asked at the API server itself. */
export interface ClusterStopStore extends StopStore {
  /** `by`: who asked for it. */
  create(spec: StopResource['spec'], by?: string): Promise<StopResource>;
  /** False: there is none of that name. */
  delete(name: string): Promise<boolean>;
  exists(name: string): Promise<boolean>;
  /** Nothing happens where the stop is gone. */
  writeStatus(stop: StopResource, status: EmergencyStopStatus): Promise<void>;
  /** Since they were last known to be what they are, by the watch or by asking. */
  readonly age_ms: number;
}

/** How well the API server is heard. */
export interface StoreHealth {
  /** Since every watch of targets last told something, milliseconds. */
  readonly watchAge_ms: number;
  /** The same of the watch that tells of this namespace. */
  watchAgeIn_ms(namespace: string): number;
  /** Since the API server last answered; it is asked every second. */
  readonly answerAge_ms: number;
  /** Since we last tried to watch. */
  readonly attemptAge_ms: number;
  /** Undefined when everything has been listed. */
  readonly problem: string | undefined;
  /** Why a watch of targets is silent that has told something before; undefined: it says not. */
  readonly trouble: string | undefined;
  /** All has been listed that may be; what may not keeps nothing else waiting. */
  readonly enough: boolean;
  /** Targets whose status nobody has written for `ms`. */
  silentFor(ms: number): number;
}

export type Ownership = NonNullable<DatabaseTargetStatus['ownership']>;
export type RaiseResult =
  | { kind: 'raised'; status: DatabaseTargetStatus }
  | { kind: 'fenced' }
  | { kind: 'gone' };
