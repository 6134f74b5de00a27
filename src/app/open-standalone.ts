import { join } from 'node:path';
import type { Logger } from '../base/logger.ts';
import { holdFolder } from '../base/node/held-folder.ts';
import type { Config } from '../config.ts';
import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { buildStandalone, type StandalonePorts } from './build-standalone.ts';
import type { Program } from './ports.ts';
import { openPorts } from './real-ports.ts';
import { stateTrouble } from './shared-state.ts';

/**
 * A standalone program on the folders and databases that the configuration names, and the token of
 * its API.
 */
export async function openStandalone(
  config: Config,
  listener: Pick<StandalonePorts, 'onCycle' | 'until'>,
): Promise<{ program: Program; logger: Logger; token: string | undefined }> {
  const { DBINTEL_TARGETS: folder, DBINTEL_DATA: data } = config;
  const held = holdFolder(data);
  const ports = await openPorts(config);
  const state = openSqliteState(join(data, 'state.db'), ports.clock, 'own', (error) =>
    ports.logger.error({ error }, stateTrouble),
  );
  const store = openFileTargetStore({ ...ports, folder, statusFolder: join(data, 'status') });
  // The last that is closed.
  const heldState = {
    ...state,
    async close() {
      await state.close();
      held.close();
    },
  };
  return {
    program: buildStandalone({ ...ports, ...listener, state: heldState, store }, config),
    logger: ports.logger,
    token: ports.listen?.token,
  };
}
