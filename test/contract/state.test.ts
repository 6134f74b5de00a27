import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import type { Config } from '../../src/config.ts';
import { createMemoryState } from '../../src/coordination/memory/memory-state.ts';
import { openSqliteState } from '../../src/coordination/sqlite/sqlite-state.ts';
import { until } from '../support/leaks.ts';
import { leaseContract } from '../support/lease-contract.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { epochContract, type StatePlaces, stateContract } from '../support/state-contract.ts';

/** The backends that need no server; test/integration/leases.test.ts asks Redis the same. */
const memory = async () => {
  const state = createMemoryState(systemClock);
  return { open: async () => state, stop: async () => undefined };
};
const sqlite = (epochs: 'own' | 'given') => async () => {
  const folder = temporaryFolder('state');
  return {
    open: async () => openSqliteState(join(folder, 's.db'), systemClock, epochs),
    stop: async () => rmSync(folder, { recursive: true }),
  } satisfies StatePlaces;
};

const backends: Record<NonNullable<Config['DBINTEL_STATE']>, () => void> = {
  memory() {
    stateContract('memory', 'processes', memory);
    leaseContract('memory', memory);
  },
  sqlite() {
    stateContract('sqlite', 'process', sqlite('given'));
    epochContract('sqlite', sqlite('own'));
  },
  redis: () => undefined, // it needs a server: test/integration/leases.test.ts
};
for (const ask of Object.values(backends)) ask();

it('a file that a newer program wrote is refused by its code, with what to do, and stays', () => {
  const folder = temporaryFolder('state');
  const path = join(folder, 's.db');
  const file = new DatabaseSync(path);
  file.exec('PRAGMA user_version = 99');
  expect(() => openSqliteState(path, systemClock)).toThrow(
    expect.objectContaining({
      code: 'newer_data',
      message: expect.stringContaining('give this one another data folder'),
    }),
  );
  expect(file.prepare('SELECT name FROM sqlite_master').all()).toEqual([]);
  file.close();
  rmSync(folder, { recursive: true });
});

it('a file that is no database is refused by its name, with what to do', () => {
  const folder = temporaryFolder('state');
  const path = join(folder, 's.db');
  writeFileSync(path, 'this is no database, and never was one'.repeat(200));
  expect(() => openSqliteState(path, systemClock)).toThrow(
    `${path} cannot be used (file is not a database): where it is damaged, move it away`,
  );
  expect(() => openSqliteState(folder, systemClock)).toThrow(`${folder} cannot be used`);
  rmSync(folder, { recursive: true });
});

/** Those of this process, as Linux tells them. */
const openFilesBelow = (folder: string) =>
  readdirSync('/proc/self/fd').flatMap((each) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${each}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });

describe('a file that is removed or replaced while it is open', () => {
  const stopping = { scope: { all: true } };
  /** With what is told of it. */
  function fileOfState() {
    const folder = temporaryFolder('state');
    const path = join(folder, 's.db');
    const troubles: unknown[] = [];
    const state = openSqliteState(path, systemClock, 'own', (error) => troubles.push(error));
    return { folder, path, troubles, state };
  }
  it('is followed, and no stop that was set is lost by it', async () => {
    const { folder, path, troubles, state } = fileOfState();
    await state.publish('stop/before', stopping);
    expect([await state.nextEpoch('t'), await state.nextEpoch('t')]).toEqual([1, 2]);
    let seen: ReadonlyMap<string, unknown> = new Map();
    state.watch((flags) => {
      seen = flags;
    });
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`);
    const other = openSqliteState(path, systemClock);
    await other.publish('stop/after', stopping);
    await until(async () => seen.size === 2, 15_000, 'both stops are seen');
    expect(await state.nextEpoch('t')).toBe(3);
    await until(async () => (await other.flags()).size === 2, 15_000, 'by the other, too');
    await Promise.all([state.close(), other.close()]);
    expect(troubles).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('is not left open each time where what was in the first cannot be read', async () => {
    const { folder, path, troubles, state } = fileOfState();
    const spoiling = new DatabaseSync(path);
    spoiling.exec('DROP TABLE flag');
    spoiling.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`);
    const opened = () => openFilesBelow(folder).filter((each) => each === path).length;
    await until(async () => troubles.length > 0, 15_000, 'it is told');
    await systemClock.sleep(2_500);
    expect(opened()).toBe(0);
    await state.close();
    rmSync(folder, { recursive: true });
  });

  it('is looked for again and again where it cannot be used', async () => {
    const { folder, path, troubles, state } = fileOfState();
    await state.publish('stop/before', stopping);
    rmSync(folder, { recursive: true });
    await until(async () => troubles.length > 0, 15_000, 'it is told');
    mkdirSync(folder);
    const other = openSqliteState(path, systemClock);
    await until(async () => (await other.flags()).size === 1, 15_000, 'the stop is there again');
    expect(troubles).toHaveLength(1);
    await Promise.all([state.close(), other.close()]);
    rmSync(folder, { recursive: true });
  });
});

it('epochs that come from elsewhere: any that is not lower is taken, over a restart too', async () => {
  const { open, stop } = await sqlite('given')();
  const state = await open();
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(await state.saveTarget('a', 7, bytes('seven'))).toBe(true);
  await state.close();
  const again = await open();
  expect(await again.saveTarget('a', 6, bytes('six'))).toBe(false);
  expect(await again.saveTarget('a', 8, bytes('eight'))).toBe(true);
  expect(await again.loadTarget('a')).toMatchObject({ epoch: 8, state: bytes('eight') });
  await again.close();
  await stop();
});
