import { expect } from 'vitest';
import type { CycleResult } from '../../../src/collection/cycle.ts';
import type { Target } from '../../../src/resources/kinds/database-target/target.ts';
import { expectNothingLeft } from '../leaks.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import {
  cyclesOf,
  makeTarget,
  prepareServer,
  type TargetOptions,
  usualTimeout,
} from '../target.ts';
import type { Place, World } from './hazard.ts';

type Options = Omit<TargetOptions, 'port'> & { port?: number };

export interface PostgresWorld extends World {
  readonly server: PostgresServer;
  /**
   * A database of its own for each hazard, made as superuser; the application's role may do what
   * applications may.
   */
  database(sql: string): Promise<string>;
  /** As the application, five times or more: what ran less often is not selected. */
  run(sql: string, name: string, times?: number): Promise<void>;
  targetFor(options: Options): Target;
  collect(options: Options, signal?: AbortSignal): Promise<CycleResult>;
}

async function start(): Promise<PostgresWorld> {
  const server = await startPostgres({ settings: { max_locks_per_transaction: '512' } });
  let databases = 0;
  await prepareServer(server);
  await server.sql(
    'CREATE ROLE app LOGIN; CREATE TABLE healthy (id int PRIMARY KEY); INSERT INTO healthy ' +
      'SELECT generate_series(1, 100); GRANT SELECT ON healthy TO dbintel, app',
  );
  const world: PostgresWorld = {
    name: '18',
    server,
    async database(sql) {
      databases += 1;
      const name = `hazard_${databases}`;
      await server.sql(`CREATE DATABASE ${name}`);
      await server.sql(
        'CREATE EXTENSION pg_stat_statements; GRANT ALL ON SCHEMA public TO app; GRANT USAGE ' +
          'ON SCHEMA public TO dbintel',
        name,
      );
      await server.sql(
        `SET ROLE app; ${sql}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel`,
        name,
      );
      await server.sql('SELECT pg_stat_statements_reset()');
      return name;
    },
    async run(sql, name, times = 5) {
      const client = await server.client(name);
      await client.query('SET ROLE app');
      for (let i = 0; i < times; i += 1) await client.query(sql);
      await client.end();
    },
    targetFor(options) {
      const databases = { include: [options.database ?? 'postgres'] };
      const safety = { statementTimeout: usualTimeout, ...options.spec?.safety };
      const spec = { ...options.spec, databases, safety };
      return makeTarget({ port: server.port, ...options, spec });
    },
    collect: (options, signal) => cyclesOf(world.targetFor(options)).run(undefined, signal),
    async expectHealthy() {
      await expectNothingLeft(server);
      await server.sql('SELECT pg_stat_statements_reset()');
      await world.run('SELECT id FROM healthy WHERE id = 1', 'postgres');
      const { batch } = await world.collect({ database: 'postgres' });
      expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 1 });
      await expectNothingLeft(server);
    },
    stop: () => server.stop(),
  };
  return world;
}

export const postgresPlaces: Place<PostgresWorld>[] = [{ name: '18', start }];
