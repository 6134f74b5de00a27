import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { workOf } from '../../src/base/node/faults.ts';
import { createEngines } from '../../src/engines/index.ts';
import { createAuthority } from '../support/certificates.ts';
import { talkMysql } from '../support/hostile-mysql.ts';
import { talkPostgres } from '../support/hostile-postgres.ts';
import {
  type HostileOptions,
  type HostileServer,
  startHostileServer,
} from '../support/hostile-server.ts';
import { socketsTo } from '../support/sockets.ts';
import { collectorPassword, makeTarget } from '../support/target.ts';

/**
 * Thousands of conversations with servers that keep to nothing, before and after the login, with
 * and without TLS, each with all that a cycle asks first. Conversation n of a kind is that of the
 * seed + n: `DBINTEL_FUZZ_SEED=<seed + n> DBINTEL_FUZZ_CONVERSATIONS=1` says it alone again. Other
 * seeds say others.
 */
const seed = Number(process.env['DBINTEL_FUZZ_SEED'] ?? 20_261);
const conversations = Number(process.env['DBINTEL_FUZZ_CONVERSATIONS'] ?? 1_050);
const atOnce = 64;
/** Deadlines pass so much faster: a silent server costs a second, not five. */
const haste = 5;
const clock = {
  ...systemClock,
  after: (ms: number, callback: () => void) => systemClock.after(ms / haste, callback),
};

const engines = createEngines();
const kinds: Record<string, { engine: 'postgres' | 'mysql' | 'mariadb'; tls: boolean }> = {
  postgres: { engine: 'postgres', tls: false },
  'postgres-tls': { engine: 'postgres', tls: true },
  mysql: { engine: 'mysql', tls: false },
  'mysql-tls': { engine: 'mysql', tls: true },
  mariadb: { engine: 'mariadb', tls: false },
};
const servers: Record<string, HostileServer> = {};

beforeAll(async () => {
  const leaf = createAuthority().issue('localhost', 'DNS:localhost');
  for (const [kind, { engine, tls }] of Object.entries(kinds)) {
    const options: HostileOptions = {
      talk: engine === 'postgres' ? talkPostgres : talkMysql,
      seed,
      secret: collectorPassword,
    };
    servers[kind] = await startHostileServer(
      tls ? { ...options, tls: { ...leaf, asks: engine === 'postgres' } } : options,
    );
  }
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
});

async function converse(kind: string): Promise<unknown> {
  const { engine, tls } = kinds[kind] as (typeof kinds)[string];
  const target = makeTarget({
    engine,
    port: (servers[kind] as HostileServer).port,
    spec: { tls: { mode: tls ? 'require' : 'disable' } },
  });
  try {
    await using session = await engines[engine].open({
      target: {
        ...target,
        spec: { ...target.spec, connection: { ...target.spec.connection, requireAuth: undefined } },
      },
      credentials: { username: 'dbintel', password: collectorPassword },
      identity: { epoch: 1, holder: 'h' },
      clock,
      random: { next: () => 0 },
      signal: new AbortController().signal,
    });
    await session.prerequisites();
    await session.snapshot();
  } catch (error) {
    return error;
  }
  return undefined;
}

it.each(Object.keys(kinds))(
  '%s: each ends in a code of ours; no fault, no socket, and no password in clear is left',
  async (kind) => {
    const server = servers[kind] as HostileServer;
    const ends = new Map<string, number>();
    const wrong: unknown[] = [];
    const traced = vi.spyOn(console, 'trace');
    // Who gives up before the server has taken the connection has had no conversation.
    let tries = 2 * conversations;
    const some = async () => {
      while (server.conversations < conversations && tries-- > 0) {
        const error = await workOf({ target: kind, fault: (fault) => wrong.push(fault) }, () =>
          converse(kind),
        );
        const code =
          error === undefined ? 'none' : error instanceof AppError ? error.code : 'foreign';
        if (code === 'foreign' || code === 'internal') wrong.push(error);
        ends.set(code, (ends.get(code) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, conversations) }, some));
    const told =
      `${kind}, seed ${seed}: ${server.conversations} conversations, ` +
      `${JSON.stringify(Object.fromEntries(ends))}`;
    console.info(told);
    expect(wrong, told).toEqual([]);
    // A driver's way to say that it goes on reading what makes no sense.
    expect(traced, told).not.toHaveBeenCalled();
    expect(server.conversations, told).toBeGreaterThanOrEqual(conversations);
    if (!kind.endsWith('-tls')) expect(server.leaks, told).toEqual([]);
    // The system closes them when both ends have said so.
    await expect
      .poll(() => socketsTo([server.port]), { message: told, timeout: 10_000 })
      .toEqual([]);
  },
  180_000,
);
