import { asAppError } from '../base/errors.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';

/**
 * For those who only want to show it: undefined where the target is gone, or has a spec that this
 * version does not understand.
 */
export function getIfValid(store: Pick<TargetStore, 'get'>, uid: string): Target | undefined {
  try {
    return store.get(uid);
  } catch (error) {
    if (asAppError(error).code !== 'invalid_manifest') throw error;
    return undefined;
  }
}
