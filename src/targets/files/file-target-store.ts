import { untilBeat } from '../../base/beat.ts';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import { createFolderProvider } from '../../credentials/file/folder-provider.ts';
import { createSecretProvider, type ReadSecret } from '../../credentials/secret/secret-provider.ts';
import { glanceOf } from '../../fleet/glance.ts';
import { createFleetTable } from '../../fleet/table.ts';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { credentialsOf } from '../credentials-of.ts';
import type { TargetHandler, TargetIdentity, TargetStore } from '../target-store.ts';
import { type ManifestFolder, openManifestFolder } from './manifest-folder.ts';
import { openStatusFiles } from './status-files.ts';
import { targetChanges } from './target-changes.ts';

/** Targets and stops from a folder of manifests, re-read when files change. */
export interface FileStoreOptions {
  folder: string;
  statusFolder: string;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

const poll_ms = 1_000;

export function openFileTargetStore(options: FileStoreOptions): TargetStore {
  const { folder, statusFolder, logger, metrics } = options;
  const closing = new AbortController();
  const loops: Promise<void>[] = [];
  const statuses = openStatusFiles(statusFolder, logger, metrics);
  const stopHandlers = new Set<(stops: readonly StopResource[]) => void>();
  // Stops are told as soon as they are read, and so before the targets that they may cover.
  const manifests = openManifestFolder(folder, logger, () => {
    for (const onStops of stopHandlers) onStops(manifests.stops());
  });
  /** As last told. */
  let current: ReadonlyMap<string, Target> = new Map();

  let byLabel: typeof current = new Map();
  const table = createFleetTable(options.clock);
  const note = (target: TargetIdentity) =>
    table.note(target, glanceOf(current.get(target.uid)?.spec, statuses.known(target)));

  /** What differs from what the handler was told before; returns what it knows now. */
  function tell(handler: TargetHandler, told: ReadonlyMap<string, Target>): typeof current {
    const targets = manifests.targets();
    current = new Map(targets.map((target) => [target.uid, target]));
    const { changed, gone } = targetChanges(told, current);
    byLabel = new Map(targets.map((target) => [targetLabel(target), target]));
    for (const target of changed) {
      note(target);
      handler.upsert(target, 'edit');
    }
    for (const target of gone) {
      if (!byLabel.has(targetLabel(target))) statuses.forget(target);
      table.forget(target.uid);
      handler.gone(target);
    }
    return current;
  }

  return {
    watch(handler) {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, closing.signal]);
      loops.push(follow({ ...options, manifests, handler, tell, signal }));
      return () => stop.abort();
    },
    get: (uid) => current.get(uid),
    table,
    stops: {
      watch(onStops) {
        stopHandlers.add(onStops);
        if (manifests.read !== undefined) onStops(manifests.stops());
        return () => void stopHandlers.delete(onStops);
      },
    },
    credentials: credentialsOf({
      secretRef: createSecretProvider(readAmong(manifests)),
      file: createFolderProvider(folder),
    }),
    writeStatus(target, status) {
      statuses.write(target, status);
      note(target);
    },
    settle: statuses.settle,
    async readStatus(target) {
      const status = await statuses.read(target);
      const known = byLabel.get(targetLabel(target));
      if (known) note(known);
      return status;
    },
    event(target, { type, reason, message }) {
      const level = type === 'Warning' ? 'warn' : 'info';
      logger[level]({ target: targetLabel(target), reason }, message);
    },
    async close() {
      closing.abort();
      await Promise.all(loops);
      await statuses.settle();
    },
  };
}

interface Following {
  manifests: ManifestFolder;
  handler: TargetHandler;
  tell(handler: TargetHandler, told: ReadonlyMap<string, Target>): ReadonlyMap<string, Target>;
  signal: AbortSignal;
  clock: Clock;
  logger: Logger;
}

async function follow(following: Following): Promise<void> {
  const { manifests, handler, tell, signal, clock, logger } = following;
  let told: ReadonlyMap<string, Target> = new Map();
  let signature: string | undefined;
  let trouble: string | undefined;
  while (!signal.aborted) {
    try {
      const now = await manifests.signature();
      if (now !== signature) {
        // Told even if it was read already: a secret that was asked for may have done that.
        await manifests.refresh();
        told = tell(handler, told);
        if (signature === undefined) handler.synced();
        signature = now;
      }
      trouble = undefined;
    } catch (error) {
      // It is looked at each second, and told once.
      if (String(error) !== trouble)
        logger.error({ error }, 'manifests cannot be read; keeping what is known');
      trouble = String(error);
    }
    await clock.sleep(untilBeat(clock, poll_ms), signal).catch(() => undefined);
  }
}

/** Secrets among the manifests; read anew where the server refused what they said. */
const readAmong =
  (manifests: ManifestFolder): ReadSecret =>
  async ({ namespace, name, label, fresh }) => {
    const stale = fresh && (await manifests.signature()) !== manifests.read;
    if (stale || manifests.read === undefined) await manifests.refresh();
    const found = manifests.secret(namespace, name);
    if (found) return found.values;
    throw new AppError(
      'secret_unavailable',
      `${label}: there is no Secret ${namespace}/${name} among the manifests`,
    );
  };
