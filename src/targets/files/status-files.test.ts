import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { silentMetrics } from '../../base/metrics.ts';
import { openStatusFiles, type StatusFiles } from './status-files.ts';

const orders = { uid: 'u1', namespace: 'shop', name: 'orders' };
let folder: string;
let files: StatusFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbintel-status-'));
  files = openStatusFiles(join(folder, 'status'), silentLogger, silentMetrics);
});
afterEach(() => rmSync(folder, { recursive: true }));
const reopened = () => openStatusFiles(join(folder, 'status'), silentLogger, silentMetrics);

it('the last one written is what is read, also by the next program, and no part of one', async () => {
  for (let plans = 1; plans <= 20; plans += 1) files.write(orders, { plans });
  expect(files.known(orders)).toEqual({ plans: 20 });
  await files.settle(['u1']);
  expect(await reopened().read(orders)).toEqual({ plans: 20 });
  expect(readdirSync(join(folder, 'status'))).toEqual(['shop.orders.json']);
});

it('there is none before the first, and none that cannot be read: it is made anew', async () => {
  expect(await files.read(orders)).toBeUndefined();
  files.write(orders, { plans: 1 });
  await files.settle();
  for (const text of ['{"plans":', '{"plans":"many"}', '']) {
    writeFileSync(join(folder, 'status/shop.orders.json'), text);
    expect(await reopened().read(orders)).toBeUndefined();
  }
});

it('a name as long as it may be, and one that ends in another way, have each their own', async () => {
  const long = (end: string) => ({
    uid: end,
    namespace: 'n'.repeat(63),
    name: 'x'.repeat(252) + end,
  });
  files.write(long('a'), { plans: 1 });
  files.write(long('b'), { plans: 2 });
  await files.settle();
  expect(await reopened().read(long('a'))).toEqual({ plans: 1 });
  expect(await reopened().read(long('b'))).toEqual({ plans: 2 });
});

it('what could not be written ends nothing: the next one is', async () => {
  writeFileSync(join(folder, 'status'), 'a file where the folder should be');
  files.write(orders, { plans: 1 });
  await files.settle();
  rmSync(join(folder, 'status'));
  files.write(orders, { plans: 2 });
  await files.settle();
  expect(await reopened().read(orders)).toEqual({ plans: 2 });
});

it('of a target that is gone nothing is known', () => {
  files.write(orders, { plans: 1 });
  files.forget(orders);
  expect(files.known(orders)).toBeUndefined();
});
