import { dirname } from 'node:path';
import { untilAborted } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { workOf } from '../base/node/faults.ts';
import { systemRandom } from '../base/random.ts';
import type { Prerequisite } from '../engines/engine.ts';
import { createEngines } from '../engines/index.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';

const limit_ms = 30_000;

/**
 * Connects to the target of a file as a cycle would, and checks its prerequisites. Throws AppError.
 */
export async function checkConnection(target: Target, path: string): Promise<Prerequisite[]> {
  const store = openFileTargetStore({
    folder: dirname(path),
    statusFolder: '',
    clock: systemClock,
    logger: silentLogger,
    metrics: silentMetrics,
  });
  const stop = new AbortController();
  const cancel = systemClock.after(limit_ms, () =>
    stop.abort(new AppError('connection_failed', `no answer within ${limit_ms} ms`)),
  );
  try {
    const credentials = await store.credentials(target, false);
    const fault = (error: AppError) => stop.abort(error);
    return await workOf({ target: targetLabel(target), fault }, async () => {
      await using session = await createEngines()[target.spec.engine].open({
        target,
        credentials,
        identity: { epoch: 1, holder: 'validate' },
        clock: systemClock,
        random: systemRandom,
        signal: stop.signal,
      });
      // `return` alone would close the session first.
      return await untilAborted(session.rehearse(), stop.signal);
    });
  } finally {
    cancel();
    await store.close();
  }
}
