import { AppError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { guardProcess } from '../../src/base/node/faults.ts';
import { createLogger } from '../../src/base/node/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openRedisState } from '../../src/coordination/redis/redis-state.ts';
import { openPostgresHistory } from '../../src/history/postgres/postgres-history.ts';
import type { ApiObject } from '../../src/kubernetes/api-object.ts';
import { createKubeClient } from '../../src/kubernetes/kube-client.ts';
import { startReflector } from '../../src/kubernetes/reflector.ts';

/**
 * A program that uses one server of its own for a while, as a replica does, behind the last guard:
 * `node backends.ts redis|history|kubernetes|objects SECONDS PLACE…`; `objects`: of an API server,
 * until all of them are read. Prints what it met at each place in turn: codes and messages of
 * failures, log lines, stray faults, and by how much its memory grew at most.
 */
const [kind = '', seconds = '', ...places] = process.argv.slice(2);
const nothingMet = () => ({
  codes: {} as Record<string, number>,
  messages: [] as string[],
  lines: [] as string[],
  broken: 0,
  grown_mb: 0,
  good: 0,
});
let met = nothingMet();
const logger = createLogger('info', {
  write(line) {
    if (line.includes('for no target')) met.broken += 1;
    if (met.lines.length < 50) met.lines.push(line);
  },
});
guardProcess({
  logger,
  monotonic: systemClock.monotonic,
  strays: 1,
  onBroken: () => undefined,
});
const parts = { clock: systemClock, random: systemRandom, logger, metrics: silentMetrics };

interface Uses {
  asks: (() => Promise<unknown>)[];
  /** Has met what it is there for: a busy machine takes longer than its time. */
  isOver?(): boolean;
  close(): Promise<unknown>;
}
const isMet = () => Object.keys(met.codes).length > 0;
const mostBeyond_ms = 40_000;

function uses(place: string): Uses {
  switch (kind) {
    case 'redis': {
      const [host = '', port] = place.split(':');
      const at = {
        mode: 'standalone',
        endpoints: [{ host, port: Number(port) }],
        sentinelName: '',
      } as const;
      const state = openRedisState({ ...at, keyPrefix: 'x', ttl_ms: 60_000 }, parts);
      state.watch(() => undefined);
      state.onHint('me', () => undefined);
      const asks = [
        () => state.loadTarget('one'),
        () => state.flags(),
        () => state.poll(),
        () => state.survey(),
        () => state.claim('me', 1, [1, 2]),
        () => state.takeTurn('server', 'me', 1_000),
      ];
      return { asks, isOver: isMet, close: () => state.close() };
    }
    case 'history': {
      const history = openPostgresHistory(place, silentLogger);
      return {
        asks: [() => history.findings({ limit: 10 }), () => history.findings({ limit: 20 })],
        close: async () => undefined,
      };
    }
    default: {
      const client = createKubeClient({ kubeconfig: place, ...parts });
      const path = '/apis/dbintel.io/v1alpha1/databasetargets';
      const handler = { upsert: () => undefined, gone: () => undefined, synced: () => undefined };
      const project = ({ metadata }: ApiObject) => metadata;
      const reflector = startReflector({
        ...parts,
        client,
        path,
        kind: 'databasetargets',
        project,
        handler,
      });
      const asks = [
        () =>
          client.call({
            method: 'GET',
            path: '/api/v1/namespaces/shop/secrets/s',
            timeout_ms: 3_000,
          }),
      ];
      return {
        asks,
        isOver: () => kind === 'kubernetes' || reflector.synced,
        close: async () => {
          met.good = reflector.items.size;
          await reflector.stop();
          await client.close();
        },
      };
    }
  }
}

const idle = process.memoryUsage.rss();
const watching = setInterval(() => {
  met.grown_mb = Math.max(met.grown_mb, Math.round((process.memoryUsage.rss() - idle) / 1_048_576));
}, 20);

async function meet(place: string): Promise<typeof met> {
  met = nothingMet();
  const { asks, isOver = () => true, close } = uses(place);
  const until = systemClock.monotonic() + 1_000 * Number(seconds);
  const goesOn = () => systemClock.monotonic() < until + (isOver() ? 0 : mostBeyond_ms);
  async function askOn(ask: () => Promise<unknown>): Promise<void> {
    while (goesOn()) {
      await Promise.race([ask(), systemClock.sleep(1_000 * Number(seconds))]).catch(
        (error: unknown) => {
          const code = error instanceof AppError ? error.code : `raw ${(error as Error).name}`;
          met.codes[code] = (met.codes[code] ?? 0) + 1;
          if (met.messages.length < 20) met.messages.push((error as Error).message);
        },
      );
      await systemClock.sleep(50);
    }
  }
  await Promise.all(asks.map(askOn));
  await Promise.race([close(), systemClock.sleep(1_000)]);
  return met;
}

const all: (typeof met)[] = [];
for (const place of places) all.push(await meet(place));
clearInterval(watching);
process.stdout.write(JSON.stringify(all), () => process.exit(0));
