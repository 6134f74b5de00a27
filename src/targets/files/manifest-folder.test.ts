import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { openManifestFolder } from './manifest-folder.ts';

it('a file whose rights were mended is looked at anew, though it was not written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-manifests-'));
  const file = join(folder, 'orders.yaml');
  writeFileSync(file, '', { mode: 0o000 });
  const manifests = openManifestFolder(folder, silentLogger, () => undefined);
  const before = await manifests.signature();
  expect(await manifests.signature()).toBe(before);
  chmodSync(file, 0o600);
  expect(await manifests.signature()).not.toBe(before);
  rmSync(folder, { recursive: true });
});

it('files beyond what is read of a folder are told of, with how many', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-manifests-'));
  for (let i = 0; i < 10_002; i += 1) writeFileSync(join(folder, `${i}.yaml`), '');
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (_: object, text: string) => errors.push(text) };
  await openManifestFolder(folder, logger, () => undefined).refresh();
  expect(errors).toEqual([
    `${folder}: 2 files are not read: of a folder the first 10000 by name are`,
  ]);
  rmSync(folder, { recursive: true });
});
