import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { temporaryFolder } from '../support/postgres-server.ts';

/**
 * SIGKILL in the middle of writing loses at most the batch in flight, and half a batch is never
 * there.
 */
it.each([150, 260, 390, 520])(
  'killed after %i ms of writing, the file opens again with every batch that was done',
  async (ms) => {
    const folder = temporaryFolder('crash');
    const path = join(folder, 'h.db');
    const writer = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      join(dirname(fileURLToPath(import.meta.url)), '../support/history-writer.ts'),
      path,
    ]);
    let out = '';
    const writing = new Promise<void>((resolve) =>
      writer.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        resolve();
      }),
    );
    await writing;
    await new Promise((resolve) => setTimeout(resolve, ms));
    writer.kill('SIGKILL');
    await new Promise((resolve) => writer.once('close', resolve));
    const done = Number(out.trim().split('\n').at(-1));
    const db = new DatabaseSync(path);
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    const [batches, plans] = ['cycle', 'plan'].map((table) =>
      Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']),
    );
    db.close();
    expect(batches).toBeGreaterThanOrEqual(done);
    expect(batches).toBeLessThanOrEqual(done + 1);
    expect(plans).toBe((batches ?? 0) * 20);
    const again = openSqliteHistory(path);
    expect((await again.cycles({ target: 'uid', since: 0, limit: 1 }))[0]?.number).toBe(batches);
    await again.close();
    rmSync(folder, { recursive: true });
  },
);
