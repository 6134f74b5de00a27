import { generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import type { LoginMethod } from '../../src/dialects/index.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import { greeting, packet } from '../support/hostile-mysql.ts';
import { type Conversation, startHostileServer } from '../support/hostile-server.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { collectorPassword, makeTarget, prepareMysql, prepareServer } from '../support/target.ts';

/**
 * Without TLS the password itself is given to no server that the target does not name a way for,
 * whatever the server asks.
 */
async function logIn(
  engine: EngineName,
  port: number,
  requireAuth?: readonly LoginMethod[],
): Promise<{ code: string; message: string }> {
  const target = makeTarget({ engine, port });
  const { requireAuth: _, ...connection } = target.spec.connection;
  const spec = {
    ...target.spec,
    connection: { ...connection, ...(requireAuth ? { requireAuth: [...requireAuth] } : {}) },
  };
  try {
    await using _session = await createEngines()[engine].open({
      target: { ...target, spec },
      credentials: { username: 'dbintel', password: collectorPassword },
      identity: { epoch: 1, holder: 'h' },
      clock: systemClock,
      random: { next: () => 0 },
      signal: new AbortController().signal,
    });
    return { code: 'logged in', message: '' };
  } catch (error) {
    return error as { code: string; message: string };
  }
}

/** Keeps what clients say on the way to a server. */
async function startRecorder(to: number) {
  const said: Buffer[] = [];
  const sockets = new Set<Socket>();
  const recorder = createServer((client) => {
    const server = connect(to, '127.0.0.1');
    for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (chunk) => said.push(chunk as Buffer)).pipe(server);
    server.pipe(client);
  });
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
  return {
    port: (recorder.address() as { port: number }).port,
    said: () => Buffer.concat(said),
    close() {
      for (const socket of sockets) socket.destroy();
      recorder.close();
    },
  };
}

describe('a PostgreSQL that asks for the password in clear', () => {
  let server: PostgresServer;
  let recorder: Awaited<ReturnType<typeof startRecorder>>;
  beforeAll(async () => {
    server = await startPostgres({
      hba: 'host all postgres 127.0.0.1/32 trust\nhost all dbintel 127.0.0.1/32 password\n',
    });
    await prepareServer(server);
    recorder = await startRecorder(server.port);
  });
  afterAll(async () => {
    recorder.close();
    await server.stop();
  });
  it.each([undefined, ['scram-sha-256'] as const])(
    'allowed %s: it does not get it, and the message says what would allow it',
    async (allowed) => {
      const { code, message } = await logIn('postgres', recorder.port, allowed);
      expect(code).toBe('authentication_failed');
      expect(message).toContain('asks for the password in clear');
      expect(message).toContain('connection.requireAuth: [password]');
      expect(recorder.said().includes(collectorPassword)).toBe(false);
    },
  );
  it('allowed by name: logs in', async () => {
    expect((await logIn('postgres', recorder.port, ['password'])).code).toBe('logged in');
    expect(recorder.said().includes(collectorPassword)).toBe(true);
  });
});

describe('a MySQL that does not remember the digest of the password', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product: 'mysql-9' });
    await prepareMysql(server, ['mysql']);
  });
  afterAll(() => server.stop());
  it('does not get it by its own key; allowed by name it does; then it remembers', async () => {
    const { code, message } = await logIn('mysql', server.port);
    expect(code).toBe('authentication_failed');
    expect(message).toContain('connection.requireAuth: [caching_sha2_password]');
    expect((await logIn('mysql', server.port, ['caching_sha2_password'])).code).toBe('logged in');
    expect((await logIn('mysql', server.port)).code).toBe('logged in');
  });
});

describe('a “MySQL” that would like to have the password', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const nonce = Buffer.from('12345678123456789012');
  const heard: Buffer[] = [];
  /**
   * The exchange of caching_sha2_password turns the password by the nonce before it is encrypted.
   */
  const decrypted = (chunk: Buffer): string => {
    try {
      const turned = privateDecrypt({ key: privateKey, oaepHash: 'sha1' }, chunk.subarray(4, 260));
      return Buffer.from(
        turned.map((byte, i) => byte ^ (nonce[i % nonce.length] as number)),
      ).toString();
    } catch {
      return '';
    }
  };
  const asks: Record<string, Conversation> = {
    mysql_clear_password: async (socket, _, incoming) => {
      socket.write(greeting('caching_sha2_password', '9.7.0', false));
      await incoming();
      socket.write(packet(2, Buffer.from([0xfe]), Buffer.from('mysql_clear_password\0')));
      heard.push(await incoming());
    },
    caching_sha2_password: async (socket, _, incoming) => {
      socket.write(greeting('caching_sha2_password', '9.7.0', false));
      await incoming();
      socket.write(packet(2, Buffer.from([1, 4])));
      heard.push(await incoming());
      socket.write(packet(4, Buffer.from([1]), Buffer.from(pem)));
      heard.push(await incoming());
    },
    sha256_password: async (socket, _, incoming) => {
      socket.write(greeting('caching_sha2_password', '9.7.0', false));
      await incoming();
      socket.write(
        packet(2, Buffer.from([0xfe]), Buffer.from('sha256_password\0'), nonce, Buffer.from([0])),
      );
      heard.push(await incoming());
      socket.write(packet(4, Buffer.from([1]), Buffer.from(pem)));
      heard.push(await incoming());
    },
  };
  it.each(Object.entries(asks))('by %s: does not get it', async (method, talk) => {
    heard.length = 0;
    const server = await startHostileServer({ talk, seed: 1, secret: collectorPassword });
    for (const engine of ['mysql', 'mariadb'] as const) {
      const { code, message } = await logIn(engine, server.port);
      expect(code).toBe('authentication_failed');
      expect(message).toContain(`connection.requireAuth: [${method}]`);
    }
    expect(server.leaks).toEqual([]);
    expect(heard.map(decrypted).join('')).not.toContain(collectorPassword);
    await server.close();
  });
  it('allowed by name, it gets it: so what is tested above is what would be sent', async () => {
    heard.length = 0;
    const server = await startHostileServer({
      talk: asks['caching_sha2_password'] as Conversation,
      seed: 1,
      secret: collectorPassword,
    });
    const attempt = logIn('mysql', server.port, ['caching_sha2_password']);
    await expect
      .poll(() => heard.map(decrypted).join(''), { timeout: 10_000 })
      .toContain(collectorPassword);
    await server.close();
    await attempt;
  });
});
