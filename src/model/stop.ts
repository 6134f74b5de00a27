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
