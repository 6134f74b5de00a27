import type { MysqlServer } from './mysql-server.ts';
import type { PostgresServer } from './postgres-server.ts';

/**
 * What a collector may have left on a server; all of it must be gone. Waits for backends that are
 * just ending.
 */
export async function expectNothingLeft(server: PostgresServer): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const rows = await server.sql(
      "SELECT pid, state, query FROM pg_stat_activity WHERE usename = 'dbintel'",
    );
    const locks = await server.sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory'");
    if (rows.length === 0 && locks.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`left on the server: ${JSON.stringify({ rows, locks })}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The same for MySQL and MariaDB. */
export async function expectNothingLeftOn(server: MysqlServer): Promise<void> {
  const left = () =>
    server.sql("SELECT ID, STATE, INFO FROM information_schema.PROCESSLIST WHERE USER = 'dbintel'");
  await until(async () => (await left()).length === 0, 10_000, 'no connection is left').catch(
    async () => {
      throw new Error(`left on the server: ${JSON.stringify(await left())}`);
    },
  );
}

/** Polls until `probe` gives something, at most `ms`. */
export async function until<T>(
  probe: () => Promise<T | undefined | false>,
  ms: number,
  what: string,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
