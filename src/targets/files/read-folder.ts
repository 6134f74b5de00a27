import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AppError } from '../../base/errors.ts';
import type { DatabaseTargetResource, Target } from '../../resources/kinds/database-target/spec.ts';
import { type Mistake, readManifests, type SecretManifest } from '../../resources/manifest.ts';
import { fileLimits } from '../../resources/yaml-documents.ts';

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

/**
 * The manifest files of a folder (not below it), or the one file that `path` names, in order of
 * name.
 */
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
    throw new AppError(
      'invalid_manifest',
      `${path}: cannot be read (${(error as { code?: string }).code ?? 'unknown'})`,
      { cause: error },
    );
  }
}

/** What cannot be read is a mistake of that file: the others are read all the same. */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  const text = await readText(path);
  if (typeof text !== 'string')
    return { path, version: text.message, targets: [], secrets: [], mistakes: [text] };
  const { targets, secrets, mistakes } = readManifests(text);
  return { path, version: digest(text), targets: targets.map(toTarget), secrets, mistakes };
}

/**
 * A file of bytes may be four times as long as its characters; what is no file (a pipe) could be
 * waited for without end.
 */
async function readText(path: string): Promise<string | Mistake> {
  const mistake = (message: string): Mistake => ({ line: 1, path: '', message });
  try {
    const found = await stat(path);
    if (!found.isFile()) return mistake('is no file');
    if (found.size > 4 * fileLimits.characters)
      return mistake(`larger than ${fileLimits.characters} characters`);
    return await readFile(path, 'utf8');
  } catch (error) {
    return mistake(`cannot be read (${(error as { code?: string }).code ?? 'unknown'})`);
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Without an API server, identity is the name and the generation a digest of the spec. */
export function toTarget({ metadata, spec }: DatabaseTargetResource): Target {
  const { namespace, name } = metadata;
  return {
    uid: metadata.uid ?? digest(`${namespace}/${name}`).slice(0, 32),
    namespace,
    name,
    generation:
      metadata.generation ?? Number.parseInt(digest(JSON.stringify(spec)).slice(0, 8), 16),
    spec,
  };
}
