/** An object as the API server has it: spec and status may be those of another version of ours. */
export interface ApiObject<Status = unknown> {
  metadata: ObjectMeta;
  spec?: unknown;
  status?: Status;
}

export interface ObjectMeta {
  uid: string;
  /** A decimal number that grows with every change of any object of the kind. */
  resourceVersion: string;
  name: string;
  namespace?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  creationTimestamp?: string;
  /** It is to go, and stays while it has finalizers. */
  deletionTimestamp?: string;
  finalizers?: string[];
}

export interface ApiList<Status = unknown> {
  items?: ApiObject<Status>[];
  metadata?: { continue?: string; resourceVersion?: string };
}

/** A line of a watch. */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: ApiObject }
  /** Nothing changed up to this version. */
  | { type: 'BOOKMARK'; object: { metadata: Pick<ObjectMeta, 'resourceVersion'> } }
  /** Why it ends: a Status object. */
  | { type: 'ERROR'; object: object };
