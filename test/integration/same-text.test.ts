import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { type History, historyBackends } from '../../src/history/backends.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
  temporaryFolder,
} from '../support/postgres-server.ts';
import { dueAgain, makeTarget, prepareServer, remembering } from '../support/target.ts';

/** A database for each tenant and one application: one text in both, and a statement in each. */
const tenants = ['north', 'south'] as const;
const text = 'SELECT id FROM visit WHERE guest = 7';

describe.each(['16', '18'] as const)('PostgreSQL %s', (version: PostgresVersion) => {
  let server: PostgresServer;
  let folder: string;
  let history: History;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await prepareServer(server);
    for (const tenant of tenants) {
      await server.sql(`CREATE DATABASE ${tenant}`);
      await server.sql(
        'CREATE TABLE visit (id int PRIMARY KEY, guest int); INSERT INTO visit ' +
          'SELECT i, i / 4 FROM generate_series(1, 40000) i; ANALYZE visit; ' +
          'GRANT SELECT ON visit TO dbintel',
        tenant,
      );
    }
    await server.sql('CREATE INDEX visit_guest ON visit (guest)', 'south');
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    folder = temporaryFolder('same-text');
    history = await historyBackends.sqlite(join(folder, 'history.db'), silentLogger);
  });
  afterEach(async () => {
    await history.close();
    rmSync(folder, { recursive: true });
  });

  it('has plans, findings and figures of its own in each database, also after a restart', async () => {
    const spec = {
      databases: { include: [...tenants] },
      collection: { minExecutionCount: 1, maxQueriesPerCycle: 20 },
    };
    const target = makeTarget({ port: server.port, uid: 'uid', spec });
    const start = () => remembering(target, history);
    let cycles = start();
    const look = async (runs: Record<(typeof tenants)[number], number>) => {
      for (const tenant of tenants) {
        const client = await server.client(tenant);
        for (let i = 0; i < runs[tenant]; i += 1) await client.query(text);
        await client.end();
      }
      const { batch } = await cycles.run();
      expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
      await history.record(batch);
      cycles.state = dueAgain(cycles.state);
      const items = await history.queries({ target: 'uid', since: 0, limit: 50 });
      return items
        .filter((each) => each.text?.startsWith('SELECT id FROM visit'))
        .toSorted((a, b) => (a.database < b.database ? -1 : 1));
    };
    const first = await look({ north: 30, south: 60 });
    expect(first.map(({ database, calls }) => [database, calls])).toEqual([
      ['north', 30],
      ['south', 60],
    ]);
    const ids = first.map(({ fingerprint }) => fingerprint);
    const hashes = first.map(({ latestHash }) => latestHash);
    for (const restarted of [false, true]) {
      if (restarted) cycles = start();
      const again = await look({ north: 9, south: 4 });
      expect(again.map(({ fingerprint }) => fingerprint)).toEqual(ids);
      expect(again.map(({ latestHash }) => latestHash)).toEqual(hashes);
    }
    const open = await history.findings({ target: 'uid', limit: 50 });
    const told = open.filter(({ fingerprint }) => ids.includes(fingerprint));
    expect(told.map(({ rule, fingerprint }) => [rule, fingerprint])).toEqual([
      ['full-scan', ids[0]],
    ]);
  });
});
