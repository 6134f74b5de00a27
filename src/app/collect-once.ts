import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { workOf } from '../base/node/faults.ts';
import { systemRandom } from '../base/random.ts';
import { type Baseline, takeBaseline } from '../collection/baseline.ts';
import { type CycleResult, runCycle } from '../collection/cycle.ts';
import { cycleSettings } from '../collection/settings.ts';
import type { CycleDeps } from '../collection/step.ts';
import { freshState } from '../collection/target-state.ts';
import { toStop } from '../controller/stops/merge-stops.ts';
import { listStops } from '../controller/stops/stop-flags.ts';
import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';
import { createEngines } from '../engines/index.ts';
import type { Stop } from '../model/stop.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { listManifestFiles, readManifestFile } from '../targets/files/read-folder.ts';
import { type CycleWiring, cycleWiring } from './cycle-wiring.ts';

/** One cycle of one target, without owning it and without remembering anything. */
export interface SingleCycle extends Omit<CycleWiring, 'history' | 'annotation'> {
  /** Compare two snapshots this far apart; undefined: with nothing. */
  window_ms?: number;
  /** Told each second while the second snapshot is waited for. */
  onWaiting(left_ms: number): void;
  onCollecting(): void;
  interrupt: AbortController;
}

/**
 * The same with what lies around the target's file: its Secrets, and the stops that hold for it. A
 * stop of a standalone program with this data folder holds for a single cycle too, and so does an
 * EmergencyStop among the manifests of its folder.
 */
export async function collectFromFile(
  target: Target,
  path: string,
  dataFolder: string,
  how: Pick<SingleCycle, 'window_ms' | 'onWaiting' | 'onCollecting' | 'interrupt'>,
): Promise<CycleResult> {
  const clock = systemClock;
  const folder = dirname(path);
  const inForce = await stopsAround(path, dataFolder);
  const around = { clock, logger: silentLogger, metrics: silentMetrics };
  const store = openFileTargetStore({ ...around, folder, statusFolder: '' });
  try {
    return await collectOnce(target, {
      ...how,
      engines: createEngines(),
      store,
      stops: () => inForce,
      holder: 'collect',
      clock,
      random: systemRandom,
    });
  } finally {
    await store.close();
  }
}

/** Of a program with this data folder, and among the manifests beside the target's. */
export const stopsAround = async (path: string, dataFolder: string): Promise<readonly Stop[]> => [
  ...(await stopsOfProgram(dataFolder)),
  ...(await stopsBeside(dirname(path))),
];

async function stopsOfProgram(dataFolder: string): Promise<readonly Stop[]> {
  const path = join(dataFolder, 'state.db');
  if (!existsSync(path)) return [];
  const state = openSqliteState(path, systemClock);
  const stops = await listStops(state);
  await state.close();
  return stops;
}

async function stopsBeside(folder: string): Promise<readonly Stop[]> {
  const files = await listManifestFiles(folder);
  const read = await Promise.all(files.map(readManifestFile));
  return read.flatMap(({ stops }) => stops.map(toStop));
}

/** Nobody else is told of it. */
const epoch = 1;
const look_ms = 1_000;

export async function collectOnce(target: Target, single: SingleCycle): Promise<CycleResult> {
  const { clock, interrupt, window_ms } = single;
  const deps: CycleDeps = {
    ...cycleWiring({ ...single, annotation: () => target.findingsAnnotation }, target),
    epoch,
    claimServer: async () => undefined,
  };
  const settings = cycleSettings(target.spec);
  const fresh = freshState(clock.now(), settings.explains, settings.databaseTime);
  const state =
    window_ms === undefined
      ? fresh
      : { ...fresh, baseline: await firstLook(deps, window_ms, single) };
  single.onCollecting();
  const work = {
    target: targetLabel(target),
    fault: (error: AppError) => interrupt.abort(error),
  };
  return workOf(work, () => runCycle(state, deps, interrupt.signal));
}

/** The counters at the beginning of a window; returns when the window is over. */
async function firstLook(
  deps: CycleDeps,
  window_ms: number,
  { interrupt: { signal }, onWaiting }: SingleCycle,
): Promise<Baseline> {
  const { clock } = deps;
  const baseline = await look(deps, signal);
  const end = clock.monotonic() + window_ms;
  for (let left = window_ms; left > 0; left = end - clock.monotonic()) {
    onWaiting(left);
    await clock.sleep(Math.min(look_ms, left), signal);
  }
  return baseline;
}

async function look(
  { engine, target, holder, clock, random, credentials }: CycleDeps,
  signal: AbortSignal,
): Promise<Baseline> {
  const identity = { epoch, holder };
  const login = await credentials(false);
  const options = { target, credentials: login, identity, clock, random, signal };
  await using session = await engine.open(options);
  return takeBaseline(await session.snapshot());
}
