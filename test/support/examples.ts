import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The manifests of examples/, which people copy: their paths in the repository and their texts. */
const root = fileURLToPath(new URL('../../', import.meta.url));
export const overlays = ['examples/fleet/production', 'examples/fleet/staging'];
export const exampleFiles = readdirSync(join(root, 'examples'), { recursive: true })
  .map((name) => relative(root, join(root, 'examples', String(name))))
  .filter((path) => path.endsWith('.yaml'))
  .toSorted();
/** Those that are applied as they are; the rest is Kustomize's. */
export const manifestFiles = exampleFiles.filter((path) => !path.endsWith('kustomization.yaml'));
export const pathOf = (path: string): string => join(root, path);
export const textOf = (path: string): string => readFileSync(pathOf(path), 'utf8');
