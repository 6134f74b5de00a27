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
