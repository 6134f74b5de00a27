import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { HistoryBackendName } from '../../src/history/backends.ts';
import { migrations as postgresMigrations } from '../../src/history/postgres/migrations.ts';
import { migrations as sqliteMigrations } from '../../src/history/sqlite/migrations.ts';
import { startPostgres, temporaryFolder } from './postgres-server.ts';

/** Every backend of history with the real place that it is kept at. */
export interface HistoryFixture {
  /** Its tests need a server. */
  real: boolean;
  /** What the current schema counts as. */
  version: number;
  start(): Promise<HistoryPlaces>;
}

export interface HistoryPlaces {
  /** A place at which nothing is yet, as the backend opens it. */
  fresh(): Promise<string>;
  /** Runs SQL there, past the backend. */
  sql(place: string, text: string): Promise<void>;
  /** SQL that says which version wrote it. */
  claim(version: number): string;
  versionOf(place: string): Promise<number>;
  /** Of everything that is stored there. */
  digest(place: string): Promise<string>;
  stop(): Promise<void>;
}

export const historyFixtures: Record<HistoryBackendName, HistoryFixture> = {
  sqlite: { real: false, version: sqliteMigrations.length, start: startFiles },
  postgres: { real: true, version: postgresMigrations.length, start: startDatabases },
};

async function startFiles(): Promise<HistoryPlaces> {
  const folder = temporaryFolder('history');
  let count = 0;
  return {
    async fresh() {
      count += 1;
      return join(folder, `${count}.db`);
    },
    async sql(path, text) {
      const db = new DatabaseSync(path);
      db.exec(text);
      db.close();
    },
    claim: (version) => `PRAGMA user_version = ${version}`,
    async versionOf(path) {
      const db = new DatabaseSync(path);
      const row = db.prepare('PRAGMA user_version').get();
      db.close();
      return Number(row?.['user_version']);
    },
    async digest(path) {
      const hash = createHash('sha256');
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(path + suffix)) hash.update(suffix).update(readFileSync(path + suffix));
      return hash.digest('hex');
    },
    stop: async () => rmSync(folder, { recursive: true }),
  };
}

async function startDatabases(): Promise<HistoryPlaces> {
  const server = await startPostgres();
  let count = 0;
  const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
  return {
    async fresh() {
      count += 1;
      await server.sql(`CREATE DATABASE history_${count}`);
      return `postgres://postgres@127.0.0.1:${server.port}/history_${count}`;
    },
    async sql(url, text) {
      await server.sql(text, nameOf(url));
    },
    claim: (version) => `UPDATE dbintel.version SET version = ${version}`,
    async versionOf(url) {
      const [row] = await server.sql('SELECT version FROM dbintel.version', nameOf(url));
      return Number(row?.['version']);
    },
    async digest(url) {
      const everything = "md5(schema_to_xml('dbintel', true, false, '')::text)";
      const [row] = await server.sql(`SELECT ${everything} AS digest`, nameOf(url));
      return String(row?.['digest']);
    },
    stop: () => server.stop(),
  };
}
