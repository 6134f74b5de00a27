import { connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy of the tests: forwards, or stands still with both connections open (half-open), or
 * reads nothing more from the server.
 */
export interface Proxy {
  port: number;
  /** 'forward' | 'silent': nothing passes any more in either direction, nobody is told. */
  mode: 'forward' | 'silent';
  connections: number;
  /** Ends the client's half of the n-th connection, of which the server hears when it speaks. */
  cut(n: number): void;
  close(): Promise<void>;
}

/**
 * `greeting` changes the first thing that the server says; what a client sends waits for `before`.
 */
export async function startProxy(
  target: { port: number },
  greeting: (said: Buffer) => Buffer = (said) => said,
  before?: (sent: Buffer) => Promise<void>,
): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const clients: Socket[] = [];
  const isCut = new Set<Socket>();
  const proxy: Proxy = { port: 0, mode: 'forward', connections: 0, cut, close };
  const server = createServer((client) => {
    proxy.connections += 1;
    clients.push(client);
    const upstream = connect(target.port, '127.0.0.1');
    let greeted = false;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (proxy.mode === 'silent') {
          from.pause(); // buffers fill, the peer's writes block
          return;
        }
        if (isCut.has(to)) {
          from.destroy(); // whoever speaks to one that is gone is told so
          return;
        }
        if (from === client && before) {
          void before(chunk).then(() => to.write(chunk));
          return;
        }
        to.write(from === upstream && !greeted ? greeting(chunk) : chunk);
        greeted ||= from === upstream;
      });
      from.on('close', () => {
        sockets.delete(from);
        if (proxy.mode === 'forward' && !isCut.has(from)) to.destroy();
      });
      from.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = (server.address() as { port: number }).port;
  function cut(n: number): void {
    const client = clients[n];
    if (!client) return;
    isCut.add(client);
    client.destroy();
  }
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  return proxy;
}
