/**
 * A stop that someone asked for. Plain data: it lies in the shared state and, later, in a resource.
 */
export interface Stop {
  id: string;
  scope: StopScope;
  reason: string;
  /** Milliseconds since the epoch. */
  since: number;
  /** Who asked for it, where it was asked of us. */
  by?: string;
}

/** What is kept of a stop for who asks afterwards: what it did, and how it ended. */
export interface StopRecord extends Stop {
  /** Targets that there were and that it covered. */
  covered: number;
  replicas: StopReplica[];
  /** When it was last seen in force. */
  seenAt: number;
  /** When it was lifted; absent: it is in force, or nobody was there to see its end. */
  liftedAt?: number;
  /** Who lifted it, where we were asked to. */
  liftedBy?: string;
}

/** What one replica had done about a stop, as last seen while it was in force. */
export interface StopReplica {
  pod: string;
  /** Since when it obeyed, as far as is known; absent: it never said so. */
  confirmedAt?: number;
  /** Cycles that it ended because of it. */
  cancelled: number;
  stillRunning: number;
}

/** A list for people, and what an incident wants to know of the one before. */
export const mostPastStops = 500;

/** Those to lift: all of them only when that is said. */
export type WhichStops = { id: string } | { all: true };

export type StopScope =
  | { all: true }
  | { namespaces: string[] }
  | { targets: string[] }
  | { selector: Selector };

/** metav1.LabelSelector. */
export interface Selector {
  matchLabels?: Record<string, string> | undefined;
  matchExpressions?:
    | {
        key: string;
        operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
        values?: string[] | undefined;
      }[]
    | undefined;
}
