import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { createEngines } from '../../src/engines/index.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { expectNothingLeftOn } from '../support/leaks.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { startProxy } from '../support/proxy.ts';
import { collectorPassword, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/**
 * How a MySQL or MariaDB server is reached: encrypted and verified, by the login methods that it
 * has.
 */
describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let server: MysqlServer;
  let authority: Authority;
  let stranger: Authority;

  beforeAll(async () => {
    [authority, stranger] = [createAuthority(), createAuthority()];
    const leaf = authority.issue('localhost', 'DNS:localhost');
    server = await startMysql({
      product,
      tls: { cert: leaf.certFile, key: leaf.keyFile, ca: join(authority.folder, 'ca.crt') },
    });
    await prepareMysql(server, ['mysql']);
  });
  afterAll(async () => {
    await expectNothingLeftOn(server);
    await server.stop();
  });

  interface Attempt {
    mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
    host?: string;
    ca?: string;
    cert?: string;
    key?: string;
  }

  async function attempt({ mode, host = 'localhost', ...files }: Attempt): Promise<string> {
    try {
      await using session = await createEngines()[server.engine].open({
        target: makeTarget({
          engine: server.engine,
          port: server.port,
          host,
          spec: { tls: { mode } },
        }),
        credentials: { username: 'dbintel', password: collectorPassword, ...files },
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

  it('verify-full wants the authority and the name', async () => {
    expect(await attempt({ mode: 'verify-full', ca: authority.ca })).toBe('encrypted, verify-full');
    expect(await attempt({ mode: 'verify-full', ca: stranger.ca })).toBe('tls_failed');
    expect(await attempt({ mode: 'verify-full' })).toBe('tls_failed');
    expect(await attempt({ mode: 'verify-full', ca: authority.ca, host: '127.0.0.1' })).toBe(
      'tls_failed',
    );
  });
  it('the password is not sent to a server whose name does not fit', async () => {
    const proxy = await startProxy(server);
    const before = await failedLogins();
    const target = makeTarget({
      engine: server.engine,
      port: proxy.port,
      host: '127.0.0.1',
      spec: { tls: { mode: 'verify-full' } },
    });
    await expect(
      createEngines()[server.engine].open({
        target,
        credentials: { username: 'dbintel', password: 'sent-to-a-stranger', ca: authority.ca },
        identity: { epoch: 1, holder: 'h' },
        clock: systemClock,
        random: { next: () => 0 },
        signal: new AbortController().signal,
      }),
    ).rejects.toMatchObject({ code: 'tls_failed' });
    expect(await failedLogins()).toBe(before);
    await proxy.close();
  });
  it('verify-ca wants the authority only', async () => {
    expect(await attempt({ mode: 'verify-ca', ca: authority.ca, host: '127.0.0.1' })).toBe(
      'encrypted, verify-ca',
    );
    expect(await attempt({ mode: 'verify-ca', ca: stranger.ca })).toBe('tls_failed');
  });
  it('require encrypts; disable does not, and says so', async () => {
    expect(await attempt({ mode: 'require' })).toBe('encrypted, require');
    expect(await attempt({ mode: 'disable' })).toBe('not encrypted');
  });
  it('an account that wants a client certificate gets it', async () => {
    await server.sql('ALTER USER dbintel REQUIRE X509;');
    const { cert, key } = authority.issue('dbintel');
    expect(await attempt({ mode: 'verify-full', ca: authority.ca, cert, key })).toBe(
      'encrypted, verify-full',
    );
    expect(await attempt({ mode: 'verify-full', ca: authority.ca })).toBe('authentication_failed');
    await server.sql('ALTER USER dbintel REQUIRE NONE;');
  });
  it('a server that takes encrypted connections only says so', async () => {
    const root = await server.client();
    await root.query('SET GLOBAL require_secure_transport = ON');
    const code = await attempt({ mode: 'disable' });
    await root.query('SET GLOBAL require_secure_transport = OFF');
    await root.end();
    expect(code).toBe('tls_failed');
  });
  if (product === 'mysql-9')
    it('a server that takes nobody, an account that is locked after failed logins: said', async () => {
      await server.sql('SET GLOBAL offline_mode = ON');
      expect(await attempt({ mode: 'require' })).toBe('connection_failed');
      await server.sql('SET GLOBAL offline_mode = OFF');
      await server.sql('ALTER USER dbintel FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME 1');
      const target = makeTarget({ engine: 'mysql', port: server.port });
      await expect(openSession(target, { password: 'wrong' })).rejects.toThrow();
      expect(await attempt({ mode: 'require' })).toBe('authentication_failed');
      await server.sql('ALTER USER dbintel ACCOUNT UNLOCK');
      await server.sql('ALTER USER dbintel FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0');
    });
  it('a server that gives new sessions limits of rows is read all the same', async () => {
    const limits = 'sql_big_selects = 0, max_join_size = 1, sql_select_limit = 0';
    await server.sql(`SET GLOBAL init_connect = 'SET ${limits}, group_concat_max_len = 4'`);
    const target = makeTarget({ engine: server.engine, port: server.port });
    await using session = await openSession(target);
    await server.sql("SET GLOBAL init_connect = ''");
    const checks = await Array.fromAsync(session.rehearse());
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(checks.find(({ name }) => name === 'rights')).toMatchObject({ verdict: 'ok' });
    expect((await session.snapshot()).statements.length).toBeGreaterThan(1);
  });
  it('what the account may do by a role, or by a role of that one, is more than needed', async () => {
    const to = product === 'mysql-9' ? 'TO' : 'FOR';
    await server.sql(`CREATE ROLE boss;
CREATE ROLE inner_boss;
GRANT ALL PRIVILEGES ON *.* TO inner_boss WITH GRANT OPTION;
GRANT inner_boss TO boss;
GRANT boss TO dbintel;
SET DEFAULT ROLE boss ${to} dbintel;`);
    await using session = await openSession(
      makeTarget({ engine: server.engine, port: server.port }),
    );
    const rights = async () =>
      (await session.prerequisites()).find(({ name }) => name === 'rights') as {
        verdict: string;
        observed: string;
      };
    const found = await rights();
    await server.sql('DROP ROLE boss;\nDROP ROLE inner_boss;');
    expect(found.verdict).toBe('warning');
    expect(found.observed).toMatch(/(?:SUPER among them|ALL PRIVILEGES), itself or by .*boss/);
    expect(await rights()).toMatchObject({ verdict: 'ok' });
  });
  it('nothing listens, and the name is unknown: said where', async () => {
    const failure = (host: string, port: number) =>
      openSession(makeTarget({ engine: server.engine, host, port })).then(
        () => '',
        ({ code, message }: { code: string; message: string }) => `${code} ${message}`,
      );
    expect(await failure('127.0.0.1', 1)).toMatch(
      /^connection_failed 127\.0\.0\.1:1: nothing listens there/,
    );
    expect(await failure('no-such-host.invalid', 3_306)).toMatch(
      /^connection_failed no-such-host\.invalid:3306: the host name is unknown|does not answer/,
    );
  });

  async function failedLogins(): Promise<number> {
    const [row] = await server.sql("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'");
    if (row) return Number(row['Value']); // MariaDB
    const [errors] = await server.sql(
      'SELECT SUM_ERROR_RAISED AS n FROM ' +
        'performance_schema.events_errors_summary_global_by_error ' +
        "WHERE ERROR_NAME = 'ER_ACCESS_DENIED_ERROR'",
    );
    return Number(errors?.['n'] ?? 0);
  }
});
