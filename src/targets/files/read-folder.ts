import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AppError } from '../../base/errors.ts';
import type { DatabaseTargetResource, Target } from '../../resources/database-target.ts';
import { type Mistake, readManifests, type SecretManifest } from '../../resources/manifest.ts';

/** What the manifests of one file say. */
export interface ManifestFile {
  path: string;
  /** Changes when the file does. */
  version: string;
  targets: Target[];
  secrets: SecretManifest[];
  mistakes: Mistake[];
}

const fileLimit = 10_000;

/** The manifest files of a folder (not below it), or the one file that `path` names, in order of name. */
export async function listManifestFiles(path: string): Promise<string[]> {
  try {
    if ((await stat(path)).isFile()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)) && !name.startsWith('.'))
      .sort()
      .slice(0, fileLimit)
      .map((name) => join(path, name));
  } catch (error) {
    throw new AppError('invalid_manifest', `${path}: cannot be read (${(error as { code?: string }).code ?? 'unknown'})`, { cause: error });
  }
}

export async function readManifestFile(path: string): Promise<ManifestFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new AppError('invalid_manifest', `${path}: cannot be read (${(error as { code?: string }).code ?? 'unknown'})`, { cause: error });
  });
  const { targets, secrets, mistakes } = readManifests(text);
  return { path, version: digest(text), targets: targets.map(toTarget), secrets, mistakes };
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Without an API server, identity is the name and the generation a digest of the spec. */
export function toTarget({ metadata, spec }: DatabaseTargetResource): Target {
  const { namespace, name } = metadata;
  return {
    uid: metadata.uid ?? digest(`${namespace}/${name}`).slice(0, 32),
    namespace,
    name,
    generation: metadata.generation ?? Number.parseInt(digest(JSON.stringify(spec)).slice(0, 8), 16),
    spec,
  };
}
