import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { expectNothingLeft } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { collectorPassword, cycleDepsFor, makeTarget, prepareServer } from '../support/target.ts';

/**
 * How a server is reached: encrypted and verified, by password or certificate; and several
 * databases of it through one budget.
 */
let server: PostgresServer;
let authority: Authority;
let stranger: Authority;

beforeAll(async () => {
  [authority, stranger] = [createAuthority(), createAuthority()];
  const leaf = authority.issue('localhost', 'DNS:localhost');
  server = await startPostgres({
    tls: { cert: leaf.certFile, key: leaf.keyFile, ca: join(authority.folder, 'ca.crt') },
    hba:
      'host all postgres 127.0.0.1/32 trust\nhostssl all certified 127.0.0.1/32 cert\n' +
      'hostssl all dbintel 127.0.0.1/32 scram-sha-256\n',
  });
  await prepareServer(server);
  await server.sql('CREATE ROLE certified LOGIN CONNECTION LIMIT 4 IN ROLE pg_read_all_stats');
});
afterAll(() => server.stop());

interface Attempt {
  mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  host?: string;
  ca?: string;
  username?: string;
  cert?: string;
  key?: string;
}

async function attempt({
  mode,
  host = 'localhost',
  username = 'dbintel',
  ...files
}: Attempt): Promise<string> {
  const target = makeTarget({ port: server.port, host, spec: { tls: { mode } } });
  const credentials = {
    username,
    ...(username === 'dbintel' ? { password: collectorPassword } : {}),
    ...files,
  };
  try {
    await using session = await createPostgresEngine().open({
      target,
      credentials,
      identity: { epoch: 1, holder: 'h' },
      clock: systemClock,
      random: { next: () => 0 },
      signal: new AbortController().signal,
    });
    return (await session.prerequisites()).find(({ name }) => name === 'tls')?.observed ?? '';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('TLS', () => {
  it('verify-full wants the authority and the name', async () => {
    expect(await attempt({ mode: 'verify-full', ca: authority.ca })).toBe('encrypted, verify-full');
    expect(await attempt({ mode: 'verify-full', ca: stranger.ca })).toBe('tls_failed');
    expect(await attempt({ mode: 'verify-full' })).toBe('tls_failed');
    expect(await attempt({ mode: 'verify-full', ca: authority.ca, host: '127.0.0.1' })).toBe(
      'tls_failed',
    );
  });
  it('verify-ca wants the authority only', async () => {
    expect(await attempt({ mode: 'verify-ca', ca: authority.ca, host: '127.0.0.1' })).toBe(
      'encrypted, verify-ca',
    );
    expect(await attempt({ mode: 'verify-ca', ca: stranger.ca })).toBe('tls_failed');
  });
  it('require encrypts; disable is refused by a server that wants TLS', async () => {
    expect(await attempt({ mode: 'require' })).toBe('encrypted, require');
    expect(await attempt({ mode: 'disable' })).toBe('authentication_failed');
  });
  it('a client certificate instead of a password', async () => {
    const { cert, key } = authority.issue('certified');
    expect(
      await attempt({ mode: 'verify-full', ca: authority.ca, username: 'certified', cert, key }),
    ).toBe('encrypted, verify-full');
    const other = authority.issue('somebody-else');
    expect(
      await attempt({
        mode: 'verify-full',
        ca: authority.ca,
        username: 'certified',
        cert: other.cert,
        key: other.key,
      }),
    ).toBe('authentication_failed');
  });
  it('an authority or a client certificate that was exchanged is read again, and the cycle goes on', async () => {
    const cycle = async (username: string, known: object, fresh: object) => {
      const target = makeTarget({
        port: server.port,
        host: 'localhost',
        spec: { tls: { mode: 'verify-full' } },
      });
      const { explains, databaseTime } = cycleSettings(target.spec);
      const credentials = async (again: boolean) => ({
        username,
        ...(username === 'dbintel' ? { password: collectorPassword } : {}),
        ...(again ? fresh : known),
      });
      const deps = cycleDepsFor(target, { credentials });
      const { batch } = await runCycle(
        freshState(systemClock.now(), explains, databaseTime),
        deps,
        new AbortController().signal,
      );
      return batch.cycle.outcome.kind === 'failed' ? batch.cycle.outcome.error : 'connected';
    };
    const [ca, other] = [{ ca: authority.ca }, { ca: stranger.ca }];
    expect(await cycle('dbintel', other, ca)).toBe('connected');
    expect(await cycle('dbintel', other, other)).toBe('tls_failed');
    const pair = ({ cert, key }: { cert: string; key: string }) => ({ ...ca, cert, key });
    const right = pair(authority.issue('certified'));
    // The server refuses one of an authority that it does not know while TLS begins, or by closing
    // the connection.
    for (const wrong of [pair(stranger.issue('certified')), pair(authority.issue('somebody-else'))])
      expect(await cycle('certified', wrong, right)).not.toMatch(
        /tls_failed|authentication_failed|connection_failed/,
      );
  });
  it('a server without TLS: said, with the field that allows it', async () => {
    const plain = await startPostgres();
    await prepareServer(plain);
    const target = makeTarget({ port: plain.port, spec: { tls: { mode: 'verify-full' } } });
    const settings = cycleSettings(target.spec);
    const { batch } = await runCycle(
      freshState(0, settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'tls_failed',
      detail: expect.stringContaining('connection.tls.mode'),
    });
    await plain.stop();
  });
});

it('statements of several databases are explained in one cycle, through one budget', async () => {
  for (const name of ['eu', 'us', 'left_out']) {
    await server.sql(`CREATE DATABASE ${name}`);
    await server.sql('CREATE TABLE t (a int); GRANT SELECT ON t TO dbintel', name);
    const client = await server.client(name);
    for (let i = 0; i < 6; i += 1) {
      await client.query(`SELECT a FROM t WHERE a = ${i}`);
      await client.query(`SELECT a FROM t WHERE a > ${i}`);
    }
    await client.end();
  }
  const target = makeTarget({
    port: server.port,
    host: 'localhost',
    spec: {
      tls: { mode: 'require' },
      databases: { include: ['e*', 'us', 'left_out'], exclude: ['left*'] },
      safety: {
        explains: { perSecond: 1, burst: 3 },
        databaseTimeBudget: '100%',
        databaseTimeBurst: '10m',
      }, // two for the first that is new, one for the next
    },
  });
  const began = Date.now();
  const settings = cycleSettings(target.spec);
  const { batch } = await runCycle(
    freshState(began, settings.explains, settings.databaseTime),
    // no time in which the bucket fills
    cycleDepsFor(target, { clock: { ...systemClock, now: () => began } }),
    new AbortController().signal,
  );
  const results = batch.queries.map(
    ({ stats, result }) => `${stats.database} ${result.kind === 'refused' ? result.code : 'plan'}`,
  );
  expect(results.filter((each) => each.endsWith('plan'))).toHaveLength(2);
  expect(results.filter((each) => each.endsWith('rate_limited'))).toHaveLength(2);
  expect(new Set(batch.queries.map(({ stats }) => stats.database))).toEqual(new Set(['eu', 'us']));
  await expectNothingLeft(server);
});

it('a database that the role may not enter is a reason for its own statements only', async () => {
  await server.sql('CREATE DATABASE closed');
  await server.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
  for (const name of ['closed', 'postgres']) {
    const client = await server.client(name);
    for (let i = 0; i < 6; i += 1)
      await client.query(`SELECT oid FROM pg_class WHERE relname = 'x${i}'`);
    await client.end();
  }
  const target = makeTarget({
    port: server.port,
    host: 'localhost',
    spec: { tls: { mode: 'require' }, databases: { include: ['closed', 'postgres'] } },
  });
  const settings = cycleSettings(target.spec);
  const { batch } = await runCycle(
    freshState(Date.now(), settings.explains, settings.databaseTime),
    cycleDepsFor(target),
    new AbortController().signal,
  );
  expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
  const of = (database: string) =>
    batch.queries.find(
      ({ stats, text }) => stats.database === database && text?.includes('pg_class'),
    )?.result;
  expect(of('closed')).toEqual({
    kind: 'refused',
    code: 'insufficient_privilege',
    detail: 'CONNECT on database closed (SQLSTATE 42501)',
  });
  expect(of('postgres')).toHaveProperty('plan');
  await expectNothingLeft(server);
});
