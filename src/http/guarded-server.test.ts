import { once } from 'node:events';
import { request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { guardedServer, hostOf, isLoopback } from './guarded-server.ts';

it('a Host that is none is nobody’s name', () => {
  for (const text of [
    '',
    ':80',
    'a b',
    'a/b',
    'http://localhost',
    'localhost, evil',
    '[::1',
    'localhost:80:80',
    'localhost:99999',
  ])
    expect(hostOf(text)).toBeUndefined();
});
it.each([
  ['Shop.Example.:8080', 'shop.example'],
  ['[::1]:8080', '::1'],
  ['127.0.0.1', '127.0.0.1'],
])('%s is %s', (header, name) => expect(hostOf(header)).toBe(name));
it('a name that begins with 127 is none of loopback’s', () => {
  expect(['localhost', '::1', '127.8.8.8'].every(isLoopback)).toBe(true);
  expect(['127.evil.example', '10.0.0.1', 'localhost.evil'].some(isLoopback)).toBe(false);
});

/** On a machine that others use, too. */
const patience = { timeout: 20_000 };

it('a thousand requests that never end take a bounded part of it, and not for long', async () => {
  const rules = { hosts: [], anyAddress: false };
  const server = guardedServer(rules, 2_000, (_, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const before = process.memoryUsage().rss;
  const slow: Socket[] = [];
  const head = `GET / HTTP/1.1\r\nHost: localhost\r\nX-Padding: ${'x'.repeat(8_000)}`;
  let closed = 0;
  for (let i = 0; i < 1_000; i += 1) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1' });
    socket
      .on('error', () => undefined)
      .on('close', () => (closed += 1))
      .resume();
    socket.on('connect', () => socket.write(head));
    slow.push(socket);
  }
  await expect.poll(() => closed, patience).toBeGreaterThanOrEqual(500);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(60);
  const answer = new Promise<number | undefined>((resolve, reject) => {
    const from = { port, host: '127.0.0.1', localAddress: '127.0.0.2' };
    request(from, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end();
  });
  expect(await answer).toBe(200);
  await expect.poll(() => closed, patience).toBe(1_000);
  for (const socket of slow) socket.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}, 60_000);

it('who asks and reads nothing does not fill the memory with answers', async () => {
  const rules = { hosts: [], anyAddress: false };
  const answer = Buffer.alloc(262_144, 'x');
  let answered = 0;
  const server = guardedServer(rules, 2_000, (_, response) => {
    answered += 1;
    response.end(answer.toString());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = (times: number) => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(times));
    return socket;
  };
  const patient = ask(8);
  let read = 0;
  patient.on('data', (chunk: Buffer) => (read += chunk.length));
  await expect.poll(() => read, patience).toBeGreaterThan(8 * answer.length);
  const greedy = ask(500).pause();
  await expect.poll(() => answered, patience).toBeGreaterThan(8);
  await expect.poll(() => server.listening && countOf(server), patience).toBe(1);
  expect(answered).toBeLessThanOrEqual(16);
  for (const socket of [patient, greedy]) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}, 60_000);

const countOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
