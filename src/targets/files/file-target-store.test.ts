import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { silentMetrics } from '../../base/metrics.ts';
import { systemClock } from '../../base/node/clock.ts';
import { openFileTargetStore } from './file-target-store.ts';

/** The folder is looked at every 10 ms here, instead of every second. */
const quick: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
};
const target = (name: string, labels = '') => `apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: ${name}, namespace: shop, labels: { ${labels} } }
spec: { engine: mysql, connection: { host: h, credentials: { secretRef: { name: s } } } }
`;
const stop = (name: string, scope: string) => `apiVersion: dbintel.io/v1alpha1
kind: EmergencyStop
metadata: { name: ${name} }
spec: { scope: ${scope}, reason: incident }
`;

let folder: string;
let store: ReturnType<typeof openFileTargetStore>;
let heard: string[];
let errors: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-files-'));
  store = openFileTargetStore({
    folder,
    statusFolder: join(folder, 'status'),
    clock: quick,
    logger: { ...silentLogger, error: (_, message) => errors.push(message) },
    metrics: silentMetrics,
  });
  heard = [];
  errors = [];
  store.stops.watch((stops) =>
    heard.push(`stops ${stops.map(({ name, spec }) => `${name}${JSON.stringify(spec.scope)}`)}`),
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});
/** Whole at once, as editors write. */
const write = (name: string, text: string) => {
  writeFileSync(join(folder, `.${name}`), text);
  renameSync(join(folder, `.${name}`), join(folder, name));
};
const follow = () =>
  store.watch({
    upsert: ({ name }) => heard.push(`target ${name}`),
    gone: ({ name }) => heard.push(`gone ${name}`),
    synced: () => heard.push('synced'),
    refused: () => undefined,
  });
const hears = (line: string) => expect.poll(() => heard.at(-1)).toBe(line);

describe('EmergencyStops in a folder', () => {
  it('are told before the targets, so that nothing starts that they cover', async () => {
    write('a.yaml', target('orders'));
    write('b.yaml', stop('incident', '{ all: true }'));
    follow();
    await hears('synced');
    expect(heard).toEqual(['stops incident{"all":true}', 'target orders', 'synced']);
  });
  it('come and go with their file', async () => {
    follow();
    await hears('synced');
    write('stop.yaml', stop('incident', '{ namespaces: [shop] }'));
    await hears('stops incident{"namespaces":["shop"]}');
    rmSync(join(folder, 'stop.yaml'));
    await hears('stops ');
  });
  it('stop everything where they are wrong, and what they said before as well', async () => {
    write('stop.yaml', stop('incident', '{ namespaces: [shop] }'));
    follow();
    await hears('synced');
    write('stop.yaml', stop('incident', '{ namespace: [shop] }'));
    await hears('stops incident{"namespaces":["shop"]},stop.yaml{"all":true}');
    write('stop.yaml', stop('incident', '{ targets: [shop/orders] }'));
    await hears('stops incident{"targets":["shop/orders"]}');
  });
  it('stop everything also where they are new, and no YAML', async () => {
    follow();
    await hears('synced');
    write('stop.yaml', stop('incident', '{ targets: [shop/orders }'));
    await hears('stops stop.yaml{"all":true}');
  });
  it('and only they: a target that is wrong stops nothing, and goes on as it was', async () => {
    write('a.yaml', target('orders'));
    follow();
    await hears('synced');
    write('a.yaml', target('orders').replace('engine', 'engin'));
    await hears('stops ');
    expect(heard).not.toContain('gone orders');
  });
});

it('labels of a target are known: a stop may select by them', async () => {
  write('a.yaml', target('orders', 'tier: gold'));
  const uids: string[] = [];
  store.watch({
    upsert: ({ uid }) => uids.push(uid),
    gone: () => undefined,
    synced: () => undefined,
    refused: () => undefined,
  });
  await expect.poll(() => uids.length).toBe(1);
  expect(store.get(uids[0] ?? '')?.labels).toEqual({ tier: 'gold' });
});

it('a folder that is away is told once, and again when it is gone again', async () => {
  const away = `${folder}-away`;
  renameSync(folder, away);
  follow();
  await expect.poll(() => errors.length).toBe(1);
  await systemClock.sleep(200);
  expect(errors).toHaveLength(1);
  renameSync(away, folder);
  await hears('synced');
  renameSync(folder, away);
  await expect.poll(() => errors.length).toBe(2);
  renameSync(away, folder);
});
