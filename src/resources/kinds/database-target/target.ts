import type { DatabaseTargetSpec } from './spec.ts';

/**
 * A target as the rest of the program knows it: checked, defaults filled in, with an identity that
 * outlives its name.
 */
export interface Target {
  uid: string;
  namespace: string;
  name: string;
  generation: number;
  spec: DatabaseTargetSpec;
  labels?: Record<string, string>;
  /** What is said of its findings, as it is written. */
  findingsAnnotation?: string;
}

export const targetLabel = (target: Pick<Target, 'namespace' | 'name'>): string =>
  `${target.namespace}/${target.name}`;
