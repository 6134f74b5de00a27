import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetAnswer } from '../../src/http/answers/fleet.ts';
import type { ReplicasAnswer } from '../../src/http/answers/replicas.ts';
import type { StopProgressAnswer } from '../../src/http/answers/stop-progress.ts';
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
import { listenTo } from '../support/event-stream.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { prepareServer } from '../support/target.ts';

/**
 * Three replicas of a real cluster: each tells of the whole fleet from its own copy, and of a stop
 * what all of them say.
 */
const databases = ['one', 'two', 'three', 'four', 'five', 'six'];
const names = ['a', 'b', 'c'];
let plane: ControlPlane;
let redis: RedisServer;
let server: PostgresServer;
let replicas: Operator[] = [];

beforeAll(async () => {
  [plane, redis, server] = await Promise.all([startControlPlane(), startRedis(), startPostgres()]);
  await prepareServer(server);
  for (const name of databases) {
    await server.sql(`CREATE DATABASE ${name}`);
    await prepareServer(server, name);
  }
  await installCrds(plane);
  await plane.apply(namespaceManifest('shop'));
  await plane.apply(secretManifest());
  for (const name of databases)
    await plane.apply(targetManifest({ name, port: server.port, database: name }));
  replicas = await Promise.all(
    names.map((name) => startOperator({ name, kubeconfig: plane.kubeconfig, redis: redis.port })),
  );
  await allReady(replicas);
});
afterAll(async () => {
  await stopOperators(replicas);
  await Promise.all([plane, redis, server].map((each) => each?.stop()));
});

const headers = { authorization: 'Bearer token-of-the-test' };
const get = async <T>({ api }: Operator, path: string): Promise<T> => {
  const answer = await fetch(`${api}${path}`, { headers });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
};
const post = async <T>({ api }: Operator, path: string, body: object): Promise<T> => {
  const answer = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as T;
};
const fleetOf = (replica: Operator) => get<FleetAnswer>(replica, '/api/v1/fleet?sort=name');
const column = ({ columns, rows }: FleetAnswer, name: FleetAnswer['columns'][number]) =>
  rows.map((row) => row[columns.indexOf(name)]);
const allCollect = () =>
  until(
    async () => {
      const all = await Promise.all(replicas.map(fleetOf));
      return all.every(({ counts }) => counts.states.collecting === databases.length);
    },
    90_000,
    'each replica sees each target collecting',
  );

it('each replica tells of every target, and of every replica', async () => {
  await allCollect();
  // Who has just begun takes shards over, which others hear of a moment later.
  const owners = async () =>
    (await Promise.all(replicas.map(fleetOf))).map((answer) => column(answer, 'owner').join());
  await until(async () => new Set(await owners()).size === 1, 30_000, 'they agree on owners');
  const all = await Promise.all(replicas.map(fleetOf));
  for (const answer of all) expect(column(answer, 'name')).toEqual(databases.toSorted());
  expect(all.map(({ replica }) => replica)).toEqual(names);
  for (const replica of replicas) {
    const told = () => get<ReplicasAnswer>(replica, '/api/v1/replicas');
    const known = async () =>
      (await told()).items.reduce((sum, { targets }) => sum + targets, 0) === databases.length;
    await until(known, 30_000, 'each target is of one replica');
    const { items, redis, watch } = await told();
    expect(items.map(({ pod }) => pod)).toEqual(names);
    expect(items.filter(({ me }) => me).map(({ pod }) => pod)).toEqual([replica.name]);
    expect([redis, watch?.state, items[0]?.session]).toEqual(['ok', 'ok', 'live']);
  }
}, 200_000);

it('a stop is confirmed by all replicas within two seconds, and told to who listens', async () => {
  const [a, b] = replicas as [Operator, Operator];
  const { rev } = await fleetOf(b);
  const events = await listenTo(`${b.api}/api/v1/events?since=${rev}`, headers);
  const body = { scope: { namespaces: ['shop'] }, reason: 'incident 4711' };
  expect(await post(a, '/api/v1/stop?dryRun=1', body)).toMatchObject({
    dryRun: true,
    targets: databases.length,
  });
  const began = Date.now();
  const { id } = await post<{ id: string }>(a, '/api/v1/stop', body);
  const progress = () => get<StopProgressAnswer>(a, `/api/v1/stops/${id}`);
  await until(async () => (await progress()).done, 10_000, 'all confirm');
  expect(Date.now() - began).toBeLessThan(2_000);
  expect(await progress()).toMatchObject({
    covered: databases.length,
    confirmed: names,
    waiting: [],
    stillRunning: 0,
  });
  // The others need not have asked the API server yet when they are asked.
  const { data } = await events.next('stops');
  const told = (data['items'] as unknown[]).length ? data : (await events.next('stops')).data;
  expect(told).toMatchObject({ items: [{ id, reason: 'incident 4711' }] });
  await until(
    async () => (await fleetOf(b)).counts.states.stopped === databases.length,
    20_000,
    'all are stopped',
  );
  await post(b, '/api/v1/resume', { id });
  const stopped = async () =>
    (await Promise.all(replicas.map(fleetOf))).map(({ counts }) => counts.states.stopped ?? 0);
  await until(async () => (await stopped()).every((count) => count === 0), 30_000, 'none is');
  events.close();
}, 120_000);

it('where replicas share no history, who is asked says who knows', async () => {
  const answer = await fleetOf(replicas[0] as Operator);
  const [owner, name] = [column(answer, 'owner')[0], column(answer, 'name')[0]];
  const other = replicas.find((each) => each.name !== owner) as Operator;
  const refused = await fetch(`${other.api}/api/v1/targets/shop/${name}/queries`, { headers });
  expect([refused.status, await refused.json()]).toMatchObject([
    404,
    { error: 'elsewhere', owner, message: expect.stringContaining(String(owner)) },
  ]);
});
