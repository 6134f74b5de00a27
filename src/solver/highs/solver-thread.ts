import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '../../advice/problem.ts';
import { solveMilp } from './solve-milp.ts';

/** A thread that solves one problem and ends: what the solver took is gone with it. */
export interface ThreadData {
  problem: Problem;
  limit_ms: number;
}

const { problem, limit_ms } = workerData as ThreadData;
parentPort?.postMessage(await solveMilp(problem, limit_ms));
