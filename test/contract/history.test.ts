import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { migrations } from '../../src/history/sqlite/migrations.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { explained, makeBatch } from '../support/batch.ts';
import { historyContract } from '../support/history-contract.ts';
import { temporaryFolder } from '../support/postgres-server.ts';

historyContract('sqlite', openSqliteHistory);

describe('files of every released version', () => {
  it.each(migrations.map((_, version) => version))(
    'version %i opens and is brought up to date',
    async (version) => {
      const folder = temporaryFolder('migrate');
      const path = join(folder, 'h.db');
      const db = new DatabaseSync(path);
      for (const sql of migrations.slice(0, version)) db.exec(sql);
      db.exec(`PRAGMA user_version = ${version}`);
      db.close();
      const history = openSqliteHistory(path);
      expect(await history.record(makeBatch({ at: 1, queries: [explained('f1')] }))).toBe(true);
      await history.close();
      rmSync(folder, { recursive: true });
    },
  );
  it('a newer one is refused with its reason', () => {
    const folder = temporaryFolder('newer');
    const db = new DatabaseSync(join(folder, 'h.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openSqliteHistory(join(folder, 'h.db'))).toThrow('newer version');
    rmSync(folder, { recursive: true });
  });
});
