import { stat } from 'node:fs/promises';
import type { Logger } from '../../base/logger.ts';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import type { SecretValues } from '../../resources/secret-manifest.ts';
import {
  leftOutWords,
  listManifestFiles,
  type ManifestFile,
  manifestFilesIn,
  readManifestFile,
} from './read-folder.ts';

/**
 * A folder of manifests as it was last read. A file that becomes wrong keeps its last good targets:
 * a slip of the editor must not end a collection. A stop that becomes wrong stops everything.
 */
export interface ManifestFolder {
  /** Reads anew what has changed. Throws AppError('invalid_manifest') where there is no folder. */
  refresh(): Promise<void>;
  /** Names, sizes and times of all files: cheap to ask each second, changes when anything does. */
  signature(): Promise<string>;
  /** The signature when it was last read; undefined: it was not. */
  readonly read: string | undefined;
  /** The first of several with one name counts. */
  targets(): Target[];
  stops(): StopResource[];
  secret(namespace: string, name: string): SecretValues | undefined;
}

export function openManifestFolder(
  folder: string,
  logger: Logger,
  onRead: () => void,
): ManifestFolder {
  const files = new Map<string, ManifestFile>();
  let read: string | undefined;
  const signature = () => folderSignature(folder);
  return {
    signature,
    get read() {
      return read;
    },
    async refresh() {
      read = await signature();
      const { files: paths, leftOut } = await manifestFilesIn(folder);
      if (leftOut)
        logger.error({ code: 'invalid_manifest' }, `${folder}: ${leftOutWords(leftOut)}`);
      for (const path of files.keys()) if (!paths.includes(path)) files.delete(path);
      for (const path of paths) {
        const file = await readManifestFile(path);
        const before = files.get(path);
        if (before?.version === file.version) continue;
        tellMistakes(file, logger);
        files.set(path, file.mistakes.length && before ? keepGood(file, before) : file);
      }
      onRead();
    },
    targets: () => firstOfEach([...files.values()], logger),
    stops: () => uniqueStops([...files.values()].flatMap(({ stops }) => stops)),
    secret: (namespace, name) =>
      [...files.values()]
        .flatMap(({ secrets }) => secrets)
        .find((secret) => secret.namespace === namespace && secret.name === name),
  };
}

function tellMistakes({ path, mistakes }: ManifestFile, logger: Logger): void {
  for (const { line, path: field, message } of mistakes)
    logger.error(
      { code: 'invalid_manifest', file: path, line, path: field },
      `${path}:${line} ${field} ${message}`,
    );
}

/** A file that is wrong now says what it said before, and stops what it stops now as well. */
const keepGood = ({ version, stops }: ManifestFile, before: ManifestFile): ManifestFile => ({
  ...before,
  version,
  stops: uniqueStops([...before.stops, ...stops]),
});

/** Of one name the last counts. */
const uniqueStops = (stops: readonly StopResource[]): StopResource[] => [
  ...new Map(stops.map((stop) => [stop.name, stop])).values(),
];

function firstOfEach(files: readonly ManifestFile[], logger: Logger): Target[] {
  const byName = new Map<string, Target>();
  for (const { targets, path } of files)
    for (const target of targets) {
      const label = targetLabel(target);
      if (byName.has(label))
        logger.error(
          { code: 'invalid_manifest', file: path, target: label },
          `${path}: ${label} is defined twice; the first one counts`,
        );
      else byName.set(label, target);
    }
  return [...byName.values()];
}

async function folderSignature(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const path of await listManifestFiles(folder)) {
    // One that is gone again, or points nowhere, is that file's mistake when it is read.
    const found = await stat(path).catch(() => undefined);
    // When it was changed tells of rights, too: one that could not be read may be readable now.
    parts.push(`${path} ${found?.size} ${found?.mtimeMs} ${found?.ctimeMs} ${found?.ino}`);
  }
  return parts.join('\n');
}
