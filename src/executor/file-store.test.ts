import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../base/node/clock.ts';
import { openFileStore } from './file-store.ts';

it('says which file is half there, and nothing of what it holds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-file-store-'));
  try {
    const store = openFileStore({
      folder,
      proposal: async () => undefined,
      autoRollback: () => true,
      clock: systemClock,
    });
    const half = join(folder, 'adv-0123456789ab.state.1.json');
    writeFileSync(half, '{"phase": "secret');
    writeFileSync(join(folder, 'adv-0123456789ab.state.2.json'), '{}');
    await expect(store.ended('adv-0123456789ab')).rejects.toThrow(
      new Error(`${half} is not as it was written; put it back, or remove it`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
