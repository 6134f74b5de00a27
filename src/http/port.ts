import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where something of ours listens. */
export interface Port {
  /** Resolves with its address, `http://127.0.0.1:8080`. */
  listen(where: { host: string; port: number }): Promise<string>;
  /** Ends what is in flight. */
  close(): Promise<void>;
}

export const openPort = (server: Server): Port => ({
  async listen({ host, port }) {
    server.listen({ host, port });
    await once(server, 'listening');
    return addressOf(server.address() as AddressInfo);
  },
  async close() {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  },
});

/** For people: of all addresses of a machine, the one that every machine has. */
function addressOf({ address, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
