import { dirname } from 'node:path';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { systemRandom } from '../base/random.ts';
import type { Prerequisite } from '../engines/engine.ts';
import { createEngines } from '../engines/index.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { rehearse } from './rehearse.ts';

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
  try {
    return await rehearse({
      target,
      engines: createEngines(),
      credentials: () => store.credentials(target, false),
      clock: systemClock,
      random: systemRandom,
    });
  } finally {
    await store.close();
  }
}
