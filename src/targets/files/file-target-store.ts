import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import { parseStatus } from '../../resources/kinds/database-target/former-names.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { glanceOf } from '../glance.ts';
import type { TargetHandler, TargetStore } from '../target-store.ts';
import { listManifestFiles, type ManifestFile, readManifestFile } from './read-folder.ts';

/**
 * Targets from a folder of manifests, re-read when files change. A file that becomes wrong keeps
 * its last good targets: a slip of the editor must not end a collection. Statuses lie in
 * `statusFolder`, one JSON file a target, replaced at once.
 */
const poll_ms = 1_000;

export function openFileTargetStore({
  folder,
  statusFolder,
  clock,
  logger,
  metrics,
}: {
  folder: string;
  statusFolder: string;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}): TargetStore {
  const failures = metrics.counter(
    'dbintel_status_write_failures_total',
    'Status writes that failed or were refused.',
  );
  const writing = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const files = new Map<string, ManifestFile>();
  const loops: Promise<void>[] = [];
  /** The folder's signature when it was last read. */
  let seen: string | undefined;

  async function refresh(): Promise<void> {
    seen = await folderSignature(folder);
    const paths = await listManifestFiles(folder);
    for (const path of files.keys()) if (!paths.includes(path)) files.delete(path);
    for (const path of paths) {
      const read = await readManifestFile(path);
      if (files.get(path)?.version === read.version) continue;
      for (const { line, path: field, message } of read.mistakes)
        logger.error(
          { code: 'invalid_manifest', file: path, line, path: field },
          `${path}:${line} ${field} ${message}`,
        );
      files.set(path, read.mistakes.length ? keepGood(read, files.get(path)) : read);
    }
    tellStops();
  }

  const stopHandlers = new Set<(stops: readonly StopResource[]) => void>();
  const allStops = () => uniqueStops([...files.values()].flatMap(({ stops }) => stops));
  function tellStops(): void {
    for (const onStops of stopHandlers) onStops(allStops());
  }

  /** The first of several manifests with one name counts. */
  function allTargets(): Target[] {
    const byName = new Map<string, Target>();
    for (const { targets, path } of files.values()) {
      for (const target of targets) {
        if (byName.has(targetLabel(target)))
          logger.error(
            { code: 'invalid_manifest', file: path, target: targetLabel(target) },
            `${path}: ${targetLabel(target)} is defined twice; the first one counts`,
          );
        else byName.set(targetLabel(target), target);
      }
    }
    return [...byName.values()];
  }

  const current = new Map<string, Target>();
  /** Statuses by label, as last written or read. */
  const statuses = new Map<string, DatabaseTargetStatus>();

  /** What differs from what was told before. */
  function tell(handler: TargetHandler, told: Map<string, Target>): void {
    const now = new Map(allTargets().map((target) => [target.uid, target]));
    const allLabels = new Set([...now.values()].map(targetLabel));
    current.clear();
    for (const [uid, target] of now) {
      current.set(uid, target);
      const before = told.get(uid);
      if (
        before?.generation === target.generation &&
        JSON.stringify(before.labels) === JSON.stringify(target.labels)
      )
        continue;
      told.set(uid, target);
      handler.upsert(target, 'edit');
    }
    for (const [uid, target] of told) {
      if (now.has(uid)) continue;
      told.delete(uid);
      if (!allLabels.has(targetLabel(target))) statuses.delete(targetLabel(target));
      handler.gone(target);
    }
  }

  async function follow(handler: TargetHandler, stop: AbortSignal): Promise<void> {
    const told = new Map<string, Target>();
    let first = true;
    let signature = '';
    while (!stop.aborted) {
      try {
        const now = await folderSignature(folder);
        if (first || now !== signature) {
          await refresh();
          tell(handler, told); // a secret that was asked for may have read the change before
          if (first) handler.synced();
          signature = now;
          first = false;
        }
      } catch (error) {
        logger.error({ error }, 'manifests cannot be read; keeping what is known');
      }
      await clock.sleep(poll_ms, stop).catch(() => undefined);
    }
  }

  const statusPath = ({ namespace, name }: Pick<Target, 'namespace' | 'name'>) =>
    join(statusFolder, `${namespace}.${name}.json`);
  return {
    watch(handler) {
      const stop = new AbortController();
      loops.push(follow(handler, AbortSignal.any([stop.signal, closing.signal])));
      return () => stop.abort();
    },
    get: (uid) => current.get(uid),
    glance(uid) {
      const target = current.get(uid);
      return target && glanceOf(target.spec, statuses.get(targetLabel(target)), String);
    },
    watchStops(onStops) {
      stopHandlers.add(onStops);
      if (seen !== undefined) onStops(allStops());
      return () => void stopHandlers.delete(onStops);
    },
    async secret(target, ref, fresh) {
      if ('file' in ref) return readSecretFolder(resolve(folder, ref.file), target);
      if (files.size === 0 || (fresh && (await folderSignature(folder)) !== seen)) await refresh();
      const found = [...files.values()]
        .flatMap(({ secrets }) => secrets)
        .find(
          ({ namespace, name }) => namespace === target.namespace && name === ref.secretRef.name,
        );
      if (!found)
        throw new AppError(
          'secret_unavailable',
          `${targetLabel(target)}: there is no Secret ${target.namespace}/${ref.secretRef.name} among the manifests`,
        );
      return found.values;
    },
    writeStatus(target, status) {
      statuses.set(targetLabel(target), status);
      const before = writing.get(target.uid) ?? Promise.resolve();
      const written = before
        .then(() => replaceFile(statusPath(target), JSON.stringify(status)))
        .catch((error: unknown) => {
          failures.inc();
          logger.warn({ target: targetLabel(target), error }, 'status could not be written');
        })
        .finally(() => {
          if (writing.get(target.uid) === written) writing.delete(target.uid);
        });
      writing.set(target.uid, written);
    },
    async settle(uids) {
      await Promise.all(uids.map((uid) => writing.get(uid)));
    },
    event: ({ namespace, name }, { type, reason, message }) =>
      logger[type === 'Warning' ? 'warn' : 'info'](
        { target: `${namespace}/${name}`, reason },
        message,
      ),
    async readStatus(target) {
      try {
        const status = parseStatus(JSON.parse(await readFile(statusPath(target), 'utf8')));
        statuses.set(targetLabel(target), status);
        return status;
      } catch (error) {
        // A status is made anew by the next cycle: one that is unreadable (a full disk, an older
        // version) is none.
        if ((error as { code?: string }).code !== 'ENOENT')
          logger.warn(
            { target: targetLabel(target), error },
            'its status cannot be read; it starts anew',
          );
        return undefined;
      }
    },
    async close() {
      closing.abort();
      await Promise.all([...loops, ...writing.values()]);
    },
  };
}

/** A file that is wrong now says what it said before, and stops what it stops now as well. */
const keepGood = (read: ManifestFile, before: ManifestFile | undefined): ManifestFile =>
  before
    ? { ...before, version: read.version, stops: uniqueStops([...before.stops, ...read.stops]) }
    : read;

/** Of one name the last counts. */
const uniqueStops = (stops: readonly StopResource[]): StopResource[] => [
  ...new Map(stops.map((stop) => [stop.name, stop])).values(),
];

/** Names, sizes and times of all files: cheap to ask each second, changes when anything does. */
async function folderSignature(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const path of await listManifestFiles(folder)) {
    // One that is gone again, or points nowhere, is that file's mistake when it is read.
    const { size, mtimeMs, ino } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0, ino: 0 }));
    parts.push(`${path} ${size} ${mtimeMs} ${ino}`);
  }
  return parts.join('\n');
}

const secretSizeLimit = 1_048_576;

/** A mounted secret: one file a key. Read each time, so a rotation is noticed. */
async function readSecretFolder(path: string, target: Target): Promise<Record<string, string>> {
  try {
    const values: Record<string, string> = {};
    for (const name of await readdir(path)) {
      const file = join(path, name);
      const { size } = await stat(file);
      if (name.startsWith('.') || !(await stat(file)).isFile() || size > secretSizeLimit) continue;
      values[name] = await readFile(file, 'utf8');
    }
    return values;
  } catch (error) {
    throw new AppError(
      'secret_unavailable',
      `${targetLabel(target)}: ${path} cannot be read (${(error as { code?: string }).code ?? 'unknown'})`,
      { cause: error },
    );
  }
}

/** Whoever reads sees the old file or the new one, never a part. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
