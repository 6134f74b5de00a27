import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AppError } from '../base/errors.ts';
import { inCluster, missingOf, openStopPlace } from './stop-place.ts';

it('tells beside a program which names nobody has', async () => {
  const data = mkdtempSync(join(tmpdir(), 'dbintel-stop-place-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  const place = await openStopPlace({ data });
  const targets = ['shop/orders', 'shop/order'];
  expect(await place.missing({ targets })).toEqual([]);
  mkdirSync(join(data, 'status'));
  writeFileSync(join(data, 'status/shop.orders.json'), '{}');
  expect(await place.missing({ targets })).toEqual(['shop/order']);
  expect(await place.missing({ namespaces: ['shop', 'sho'] })).toEqual(['sho']);
  expect(await place.missing({ all: true })).toEqual([]);
  await place.close();
});

it('makes nothing of a data folder that is asked alone, and the folder for a stop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-stop-place-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'mistyped');
  const place = await openStopPlace({ data });
  expect(await place.list()).toEqual([]);
  expect(await place.resume({ all: true })).toEqual([]);
  await place.close();
  expect(existsSync(data)).toBe(false);
  const another = await openStopPlace({ data });
  const stop = await another.stop({ all: true }, 'incident');
  expect(await another.list()).toMatchObject([{ id: stop.id, reason: 'incident' }]);
  await another.close();
  const later = await openStopPlace({ data });
  expect(await later.list()).toMatchObject([{ id: stop.id }]);
  await later.close();
});

it('tells of a cluster which names nobody has, and nothing to who may not ask', async () => {
  const failing = (code: 'not_found' | 'cluster_failed') => () =>
    Promise.reject(new AppError(code, 'no'));
  const clients = [
    { status: failing('not_found'), statuses: async () => [] },
    { status: failing('cluster_failed'), statuses: failing('cluster_failed') },
    { status: async () => ({}), statuses: async () => [{ name: 'orders', status: {} }] },
  ];
  const scopes = [{ targets: ['shop/order'] }, { namespaces: ['shop'] }];
  const told = clients.map((client) =>
    Promise.all(scopes.map((scope) => missingOf(scope, inCluster(client)))),
  );
  expect(await Promise.all(told)).toEqual([
    [['shop/order'], ['shop']],
    [[], []],
    [[], []],
  ]);
});
