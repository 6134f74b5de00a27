import type { Clock } from '../base/clock.ts';
import { asAppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ClusterTargetStore } from '../targets/target-store.ts';

/**
 * Which cluster this is, asked until the API server says so: what is shared must not be another
 * cluster's.
 */
export interface ClusterIdentity {
  /** `kind:id`; undefined until it was found. */
  readonly known: string | undefined;
  /** Why it was not found the last time. */
  readonly problem: string | undefined;
  find(): Promise<string | undefined>;
}

const again_ms = 3_000;

export function createClusterIdentity(
  store: Pick<ClusterTargetStore, 'identity'>,
  { clock, logger }: { clock: Clock; logger: Logger },
): ClusterIdentity {
  const found: { known: string | undefined; problem: string | undefined } = {
    known: undefined,
    problem: undefined,
  };
  return {
    get known() {
      return found.known;
    },
    get problem() {
      return found.problem;
    },
    async find() {
      try {
        found.known ??= await store.identity();
        found.problem = undefined;
      } catch (error) {
        const { code, message } = asAppError(error);
        if (message !== found.problem) logger.warn({ code }, message);
        found.problem = message;
        await clock.sleep(again_ms);
      }
      return found.known;
    },
  };
}
