import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { openSqliteState } from '../../src/coordination/sqlite/sqlite-state.ts';
import {
  type EpochSource,
  type StateBackend,
  stateLimit,
} from '../../src/coordination/state-backend.ts';
import { until } from '../support/leaks.ts';
import { temporaryFolder } from '../support/postgres-server.ts';

/** What every state backend with `exclusive` guarantees promises. */
const implementations: Record<string, (path: string) => StateBackend & EpochSource> = {
  sqlite: (path) => openSqliteState(path, systemClock),
};

it('epochs that come from elsewhere: any that is not lower is taken, over a restart too', async () => {
  const folder = temporaryFolder('state-given');
  const open = () => openSqliteState(join(folder, 's.db'), systemClock, 'given');
  const state = open();
  const text = (saved: { state: Uint8Array } | undefined) =>
    saved && new TextDecoder().decode(saved.state);
  expect(await state.saveTarget('a', 7, new TextEncoder().encode('seven'))).toBe(true);
  await state.close();
  const again = open();
  expect(await again.saveTarget('a', 6, new TextEncoder().encode('six'))).toBe(false);
  expect(text(await again.loadTarget('a'))).toBe('seven');
  expect(await again.saveTarget('a', 8, new TextEncoder().encode('eight'))).toBe(true);
  expect(await again.loadTarget('a')).toMatchObject({ epoch: 8 });
  await again.close();
  rmSync(folder, { recursive: true });
});

describe.each(Object.entries(implementations))('state %s', (_, open) => {
  let folder: string;
  let state: StateBackend & EpochSource;
  beforeEach(() => {
    folder = temporaryFolder('state');
    state = open(join(folder, 's.db'));
  });
  afterEach(async () => {
    await state.close();
    rmSync(folder, { recursive: true });
  });
  const bytes = (text: string) => new TextEncoder().encode(text);

  it('epochs rise and are remembered over a restart', async () => {
    expect([
      await state.nextEpoch('a'),
      await state.nextEpoch('a'),
      await state.nextEpoch('b'),
    ]).toEqual([1, 2, 1]);
    await state.close();
    state = open(join(folder, 's.db'));
    expect(await state.nextEpoch('a')).toBe(3);
  });
  it('a former owner’s state is refused', async () => {
    await state.nextEpoch('a');
    expect(await state.saveTarget('a', 1, bytes('one'))).toBe(true);
    await state.nextEpoch('a');
    expect(await state.saveTarget('a', 1, bytes('late'))).toBe(false);
    expect(await state.saveTarget('a', 2, bytes('two'))).toBe(true);
    const loaded = await state.loadTarget('a');
    expect([loaded?.epoch, new TextDecoder().decode(loaded?.state)]).toEqual([2, 'two']);
  });
  it('what is not there is not there; what was deleted neither', async () => {
    expect(await state.loadTarget('x')).toBeUndefined();
    await state.nextEpoch('x');
    expect(await state.loadTarget('x')).toBeUndefined();
    await state.deleteTarget('x');
    expect(await state.saveTarget('x', 1, bytes('late'))).toBe(false);
  });
  it('a marked name is one holder’s, for a while', async () => {
    expect([
      await state.mark('s', 'one', 60_000),
      await state.mark('s', 'two', 60_000),
      await state.mark('s', 'one', 60_000),
    ]).toEqual([undefined, 'one', undefined]);
    expect([
      await state.mark('short', 'one', -1),
      await state.mark('short', 'two', 60_000),
    ]).toEqual([undefined, undefined]);
  });
  it('is bounded', async () => {
    await state.nextEpoch('a');
    await expect(state.saveTarget('a', 1, new Uint8Array(stateLimit + 1))).rejects.toMatchObject({
      code: 'internal',
    });
  });
  it('a flag reaches other processes within a second, and survives', async () => {
    const other = open(join(folder, 's.db'));
    let seen: ReadonlyMap<string, unknown> = new Map();
    const unwatch = other.watch((flags) => {
      seen = flags;
    });
    await state.publish('stop/1', { reason: 'incident' });
    await until(async () => seen.has('stop/1'), 1_000, 'the flag arrives');
    await state.publish('stop/1', undefined);
    await until(async () => !seen.has('stop/1'), 1_000, 'its removal arrives');
    await state.publish('stop/2', { reason: 'again' });
    unwatch();
    await other.close();
    await state.close();
    state = open(join(folder, 's.db'));
    let kept: ReadonlyMap<string, unknown> = new Map();
    state.watch((flags) => {
      kept = flags;
    })();
    expect([...kept]).toEqual([['stop/2', { reason: 'again' }]]);
  });
});
