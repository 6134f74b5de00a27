import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { AppError } from '../../base/errors.ts';
import { findingsAnnotation } from '../../resources/kinds/database-target/findings-annotation.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import type { EmergencyStopSpec, StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { type Resource, type ResourceOf, resourcesOf } from '../../resources/kinds/index.ts';
import { type Manifests, readManifests } from '../../resources/manifest.ts';
import type { Mistake } from '../../resources/mistake.ts';
import type { SecretValues } from '../../resources/secret-manifest.ts';
import { fileLimits } from '../../resources/yaml-documents.ts';

/** What the manifests of one file say. */
export interface ManifestFile {
  path: string;
  /** Changes when the file does. */
  version: string;
  /** Of every kind; targets and stops stand below as the program takes them. */
  resources: Resource[];
  targets: Target[];
  stops: StopResource[];
  secrets: SecretValues[];
  mistakes: Mistake[];
}

const fileLimit = 10_000;

/** The manifest files of a folder, or the one file that `path` names, in order of name. */
export const listManifestFiles = async (path: string): Promise<string[]> =>
  (await manifestFilesIn(path)).files;

/** Not below it. `leftOut`: how many are beyond what is read of a folder. */
export async function manifestFilesIn(path: string): Promise<{ files: string[]; leftOut: number }> {
  try {
    const names = (await readdir(path)).filter(
      (name) => ['.yaml', '.yml', '.json'].includes(extname(name)) && !name.startsWith('.'),
    );
    const files = names
      .sort()
      .slice(0, fileLimit)
      .map((name) => join(path, name));
    return { files, leftOut: names.length - files.length };
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string };
    if (code === 'ENOTDIR' && (await stat(path).catch(() => undefined))?.isFile())
      return { files: [path], leftOut: 0 };
    throw new AppError('invalid_config', `${path}: cannot be read (${code})`, { cause: error });
  }
}

/** What cannot be read is a mistake of that file: the others are read all the same. */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  const read = await readText(path);
  if (read.kind === 'mistake') {
    const { mistake } = read;
    return {
      path,
      version: mistake.message,
      resources: [],
      targets: [],
      stops: [],
      secrets: [],
      mistakes: [mistake],
    };
  }
  const { text, writtenAt } = read;
  const manifests = readManifests(text);
  const { resources, secrets, mistakes } = manifests;
  return {
    path,
    version: digest(text),
    resources,
    targets: resourcesOf(resources, 'DatabaseTarget').map(toTarget),
    stops: stopsOf(path, manifests, writtenAt),
    secrets,
    mistakes,
  };
}

type FileText =
  | { kind: 'text'; text: string; writtenAt: number }
  | { kind: 'mistake'; mistake: Mistake };

/**
 * A file of bytes may be four times as long as its characters; what is no file (a pipe) could be
 * waited for without end.
 */
async function readText(path: string): Promise<FileText> {
  const mistake = (message: string): FileText => ({
    kind: 'mistake',
    mistake: { line: 1, path: '', message },
  });
  try {
    const found = await stat(path);
    if (!found.isFile()) return mistake('is no file');
    if (found.size > 4 * fileLimits.characters)
      return mistake(`larger than ${fileLimits.characters} characters`);
    return {
      kind: 'text',
      text: await readFile(path, 'utf8'),
      writtenAt: Math.round(found.mtimeMs),
    };
  } catch (error) {
    return mistake(`cannot be read (${(error as { code?: string }).code ?? 'unknown'})`);
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** A stop that is wrong stops everything: better too much than too little. */
function stopsOf(
  path: string,
  { resources, misread }: Manifests,
  createdAt: number,
): StopResource[] {
  const stop = (name: string, spec: EmergencyStopSpec): StopResource => ({
    uid: digest(name).slice(0, 32),
    name,
    generation: 1,
    createdAt,
    spec,
  });
  const stops = resourcesOf(resources, 'EmergencyStop').map(({ metadata, spec }) =>
    stop(metadata.name, spec),
  );
  if (!misread.includes('EmergencyStop')) return stops;
  const name = basename(path);
  const reason = `${name}: an EmergencyStop in it has mistakes, so everything stops`;
  return [...stops, stop(name, { scope: { all: true }, reason })];
}
/** Without an API server, identity is the name and the generation a digest of the spec. */
export function toTarget({ metadata, spec }: ResourceOf<'DatabaseTarget'>): Target {
  const { namespace, name, labels, annotations } = metadata;
  const annotation = annotations?.[findingsAnnotation];
  return {
    uid: metadata.uid ?? digest(`${namespace}/${name}`).slice(0, 32),
    namespace,
    name,
    generation:
      metadata.generation ?? Number.parseInt(digest(JSON.stringify(spec)).slice(0, 8), 16),
    spec,
    ...(labels ? { labels } : {}),
    ...(annotation ? { findingsAnnotation: annotation } : {}),
  };
}

/** Where a folder holds more than is read of it. */
export const leftOutWords = (leftOut: number): string =>
  `${leftOut} files are not read: of a folder the first ${fileLimit} by name are`;
