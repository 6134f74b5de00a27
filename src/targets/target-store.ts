import type { Target } from '../resources/database-target.ts';
import type { DatabaseTargetStatus } from '../resources/database-target-status.ts';

/** Where targets come from and where their status goes: a folder of manifests, or the Kubernetes API. */
export interface TargetStore {
  /** Calls back with all targets: once they are known, and after every change. Returns how to stop. */
  watch(onTargets: (targets: readonly Target[]) => void): () => void;
  /** The secret's values by key. `fresh`: do not answer from memory. Throws AppError('secret_unavailable'). */
  secret(target: Target, ref: SecretRef, fresh: boolean): Promise<Record<string, string>>;
  writeStatus(target: Target, status: DatabaseTargetStatus): Promise<void>;
  readStatus(target: Pick<Target, 'namespace' | 'name'>): Promise<DatabaseTargetStatus | undefined>;
  close(): Promise<void>;
}

export type SecretRef = { secretRef: { name: string } } | { file: string };
