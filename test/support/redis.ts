import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './leaks.ts';
import { claimPort, freePort, temporaryFolder } from './postgres-server.ts';

/**
 * A real Redis for tests: own folder, free port, stopped by its pid. Nothing is kept on disk, so a
 * restart is an empty one.
 */
export interface RedisServer {
  port: number;
  folder: string;
  /** As an administrator would. */
  client(): Redis;
  signal(signal: NodeJS.Signals): void;
  /** Ends the server; `start` begins it again, empty, on the same port. */
  halt(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

function binary(name: string): string {
  const path = `/usr/bin/${name}`;
  if (!existsSync(path)) throw new Error(`${name} is missing; get it with: make tools`);
  return path;
}

export async function startRedis(
  args: string[] = [],
  options: {
    port?: number;
    program?: 'redis-server' | 'redis-sentinel';
    config?: string;
    probe?: (client: Redis) => Promise<unknown>;
    login?: object;
  } = {},
): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const folder = temporaryFolder('redis');
  const config = join(folder, 'redis.conf');
  writeFileSync(config, options.config ?? '');
  let child: ChildProcess | undefined;
  let log = '';
  const client = () => {
    const made = new Redis({
      port,
      host: '127.0.0.1',
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      retryStrategy: () => null,
      replyMapping: 'legacy',
      ...options.login,
    });
    made.on('error', () => undefined);
    return made;
  };
  const server: RedisServer = {
    port,
    folder,
    client,
    signal: (signal) => void child?.kill(signal),
    async start() {
      const started = spawn(
        binary(options.program ?? 'redis-server'),
        [
          config,
          '--port',
          String(port),
          '--bind',
          '127.0.0.1',
          '--dir',
          folder,
          ...(options.program ? [] : ['--save', '', '--appendonly', 'no']),
          ...args,
        ],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      child = started;
      started.stdout?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
      process.once('exit', () => started.kill('SIGKILL'));
      await until(
        async () => {
          const probe = client();
          try {
            await probe.connect();
            await (options.probe ?? (() => probe.ping()))(probe);
            return true;
          } catch {
            return false;
          } finally {
            probe.disconnect();
          }
        },
        30_000,
        `Redis answers: ${log.slice(-400)}`,
      );
    },
    async halt() {
      if (child?.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child?.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }
    },
    async stop() {
      await server.halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** One master, one replica, three sentinels. */
export async function startSentinels(): Promise<{
  ports: number[];
  master: RedisServer;
  stop(): Promise<void>;
}> {
  const master = await startRedis();
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(master.port)]);
  const config =
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 2\n` +
    'sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 5000\n';
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => startRedis([], { program: 'redis-sentinel', config })),
  );
  const first = (sentinels[0] as RedisServer).client();
  await until(
    async () => {
      const [info] = (await first.call('SENTINEL', 'masters')) as string[][];
      const field = (name: string) => Number(info?.[info.indexOf(name) + 1]);
      return field('num-other-sentinels') === 2 && field('num-slaves') === 1;
    },
    60_000,
    'the sentinels know each other',
  );
  first.disconnect();
  return {
    ports: sentinels.map(({ port }) => port),
    master,
    async stop() {
      await Promise.all([...sentinels, replica, master].map((each) => each.stop()));
    },
  };
}

/** Three masters, all slots assigned. */
export async function startRedisCluster(): Promise<{ ports: number[]; stop(): Promise<void> }> {
  // The bus listens on port + 10000.
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const ports: number[] = [];
  while (ports.length < 3) {
    const port = await freePort();
    if (await claimPort(port + 10_000)) ports.push(port);
  }
  const nodes = await Promise.all(ports.map((port) => startRedis(args, { port })));
  execFileSync(
    binary('redis-cli'),
    ['--cluster', 'create', ...ports.map((port) => `127.0.0.1:${port}`), '--cluster-yes'],
    {
      stdio: 'pipe',
    },
  );
  const client = nodes[0]?.client();
  await until(
    async () => String(await client?.cluster('INFO')).includes('cluster_state:ok'),
    60_000,
    'the cluster is ready',
  );
  client?.disconnect();
  return {
    ports,
    async stop() {
      await Promise.all(nodes.map((each) => each.stop()));
    },
  };
}
