import { parentPort, workerData } from 'node:worker_threads';
import type { DrawJob } from '../render/draw-plan.ts';
import { draw } from './draw.ts';

/** A thread that draws one picture and ends: what it took is gone with it. */
export interface WorkerData {
  job: DrawJob;
  fonts: string | undefined;
}

const { job, fonts } = workerData as WorkerData;
const drawn = await draw(job, fonts);
// A copy of its own, which can be handed over: a Buffer's memory may be shared.
parentPort?.postMessage(
  drawn.kind === 'drawn' ? { ...drawn, bytes: Uint8Array.from(drawn.bytes) } : drawn,
);
