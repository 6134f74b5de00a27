import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { createEngines } from '../../src/engines/index.ts';
import { createAuthority } from '../support/certificates.ts';
import {
  endlessMysql,
  endlessPostgres,
  silent,
  silentMysql,
  silentPostgres,
} from '../support/hostile-endless.ts';
import {
  type Conversation,
  type HostileServer,
  startHostileServer,
} from '../support/hostile-server.ts';
import { socketsTo } from '../support/sockets.ts';
import { collectorPassword, makeTarget } from '../support/target.ts';

/**
 * Servers that never close, because they send without end or their process has stopped: after our
 * deadline nothing is left of the connection, in the kernel either.
 */
const haste = 5;
const clock = {
  ...systemClock,
  after: (ms: number, callback: () => void) => systemClock.after(ms / haste, callback),
};
const engines = createEngines();
let leaf: { cert: string; key: string };
const servers: HostileServer[] = [];

beforeAll(() => {
  leaf = createAuthority().issue('localhost', 'DNS:localhost');
});
afterAll(async () => {
  for (const server of servers) await server.close();
});

interface Case {
  engine: 'postgres' | 'mysql';
  tls: boolean;
  kind: string;
  talk: Conversation;
}
const talks = {
  postgres: {
    'silent at once': silent,
    'silent after the login': silentPostgres,
    'endless rows': endlessPostgres,
  },
  mysql: {
    'silent at once': silent,
    'silent after the login': silentMysql,
    'endless rows': endlessMysql,
  },
};
/** What comes without end reaches its limit in bytes or in time. */
const expected = {
  'silent at once': ['connection_failed'],
  'silent after the login': ['statement_timeout'],
  'endless rows': ['too_large', 'statement_timeout'],
};
const cases: Case[] = (['postgres', 'mysql'] as const).flatMap((engine) =>
  Object.entries(talks[engine]).flatMap(([kind, talk]) =>
    [false, true].map((tls) => ({ engine, tls, kind, talk })),
  ),
);

async function attempt(engine: Case['engine'], port: number, tls: boolean): Promise<string> {
  const target = makeTarget({ engine, port, spec: { tls: { mode: tls ? 'require' : 'disable' } } });
  const { connection } = target.spec;
  try {
    await using session = await engines[engine].open({
      target: {
        ...target,
        spec: { ...target.spec, connection: { ...connection, requireAuth: undefined } },
      },
      credentials: { username: 'dbintel', password: collectorPassword },
      identity: { epoch: 1, holder: 'h' },
      clock,
      random: { next: () => 0 },
      signal: new AbortController().signal,
    });
    await session.snapshot();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'collected';
}

describe.each(cases)('$engine, TLS $tls, $kind', ({ engine, tls, kind, talk }) => {
  it('no socket is left after the deadline', async () => {
    const options = { talk, seed: 1, secret: collectorPassword };
    const server = await startHostileServer(
      tls ? { ...options, tls: { ...leaf, asks: engine === 'postgres' } } : options,
    );
    servers.push(server);
    const ends = await Promise.all([1, 2, 3].map(() => attempt(engine, server.port, tls)));
    for (const end of ends) expect(expected[kind as keyof typeof expected]).toContain(end);
    // The system closes them when both ends have said so.
    await expect.poll(() => socketsTo([server.port]), { timeout: 10_000 }).toEqual([]);
  });
});
