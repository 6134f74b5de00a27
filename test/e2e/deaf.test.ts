import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { prepareServer } from '../support/target.ts';
import { startWatchProxy, type WatchProxy } from '../support/watch-proxy.ts';
import { backwards, overlaps, witness, witnessSettings } from '../support/witness.ts';

/**
 * One replica of two that the API server does not reach any more, while Redis and the databases do:
 * what it has goes to the other, and comes back with the API server.
 */
const databases = Array.from({ length: 6 }, (_, i) => `d${i}`);
let plane: ControlPlane;
let redis: RedisServer;
let server: PostgresServer;
let proxy: WatchProxy;
let fleet: Operator[] = [];

beforeAll(async () => {
  [plane, redis, server] = await Promise.all([
    startControlPlane(),
    startRedis(),
    startPostgres({ settings: witnessSettings }),
  ]);
  await installCrds(plane);
  await plane.apply(namespaceManifest('shop'));
  await plane.apply(secretManifest());
  await prepareServer(server);
  for (const name of databases) {
    await server.sql(`CREATE DATABASE ${name}`);
    await prepareServer(server, name);
  }
  proxy = await startWatchProxy(plane.kubeconfig);
  const kubeconfigs = [proxy.kubeconfig, plane.kubeconfig];
  fleet = await Promise.all(
    kubeconfigs.map((kubeconfig, i) =>
      startOperator({ name: `pod-${i}`, kubeconfig, redis: redis.port }),
    ),
  );
  await allReady(fleet);
  for (const database of databases)
    await plane.apply(
      targetManifest({
        name: database,
        port: server.port,
        database,
        spec: { collection: { interval: '10s' }, safety: { databaseTimeBudget: '20%' } },
      }),
    );
});
afterAll(async () => {
  await stopOperators(fleet);
  await proxy?.close();
  await Promise.all([plane, redis, server].map((each) => each?.stop()));
});

/** Whose each target is, as its status says. */
async function owners(): Promise<string[]> {
  const path = 'jsonpath={.items[*].status.ownership.pod}';
  const said = await plane.kubectl(['get', 'dbt', '-n', 'shop', '-o', path]);
  return said.split(' ');
}
const collectedBy = (count: number) => async () => (await owners()).length >= count;
const countOf = async (pod: string) => (await owners()).filter((each) => each === pod).length;

/** It waits for two minutes of silence, and for the patience of a replica. */
const patience = { timeout: 900_000 };

it('gives what it has to who hears, and takes its share again', patience, async () => {
  await until(collectedBy(databases.length), 60_000, 'all are collected');
  await until(async () => (await countOf('pod-0')) > 0, 180_000, 'both have some');
  proxy.mode = 'away';
  const cutAt = Date.now();
  await until(
    async () => (await countOf('pod-1')) === databases.length,
    300_000,
    'all are of the one that hears',
  );
  const gone_ms = Date.now() - cutAt;
  const after = Date.now();
  await until(
    async () =>
      new Set(
        witness(server)
          .filter(({ started }) => started > after)
          .map(({ target }) => target),
      ).size === databases.length,
    60_000,
    'all are collected by it',
  );
  proxy.mode = 'forward';
  await until(async () => (await countOf('pod-0')) > 0, 300_000, 'the other has some again');
  process.stderr.write(`given away ${Math.round(gone_ms / 1_000)} s after the cut\n`);
  const seen = witness(server);
  expect(overlaps(seen)).toEqual([]);
  expect(backwards(seen)).toEqual([]);
});
