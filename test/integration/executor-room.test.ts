import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Change } from '../../src/model/proposal.ts';
import { byCustomer, executorWorld, prepareBuilder } from '../support/executor-world.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/** What a server has too little of for a build: what is told, and what is left. */
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await prepareBuilder(server, 100_000);
}, 120_000);
afterAll(() => server.stop());

const on = (table: string): Change => ({
  kind: 'create-index',
  name: `dbi_${table}`,
  index: { ...byCustomer, table, keys: [{ column: 'id' }, { column: 'note' }] },
});

async function built(change: Change) {
  const w = executorWorld(server, change);
  await w.approve();
  await w.settle();
  const { phase, reason, attempt } = (await w.current()).state;
  w.close();
  const left = await server.sql("SELECT relname FROM pg_class WHERE relname LIKE 'dbi%'");
  expect(left).toEqual([]);
  return `${phase} after ${attempt}: ${reason}`;
}

it('what a second build would meet as well is not tried again', async () => {
  await server.sql("ALTER ROLE builder SET temp_file_limit = '1MB'");
  await server.sql("ALTER ROLE builder SET maintenance_work_mem = '1MB'");
  expect(await built(on('orders'))).toBe('Failed after 1: temp_limit');
  await server.sql('ALTER ROLE builder RESET ALL');
  await server.sql(`CREATE TABLE shop.letters AS
    SELECT 1 AS id, string_agg(md5(n::text), '') AS note FROM generate_series(1, 500) n;
    ALTER TABLE shop.letters OWNER TO builder`);
  expect(await built(on('letters'))).toBe('Failed after 1: key_too_long');
});

const mayMount = process.getuid?.() === 0;
it.runIf(mayMount)(
  'a disk that it filled, on which others write, is not filled again',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'dbintel-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
    execFileSync('chown', ['nobody', disk]);
    try {
      await server.sql(`CREATE TABLESPACE small LOCATION '${disk}'`);
      await server.sql('GRANT CREATE ON TABLESPACE small TO builder');
      await server.sql('ALTER ROLE builder SET default_tablespace = small');
      expect(await built(on('orders'))).toBe('Failed after 1: no_space');
      await server.sql('ALTER ROLE builder RESET ALL');
      await server.sql('DROP TABLESPACE small');
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  },
);
