import * as z from 'zod';
import { engineNames } from '../../src/model/engine-name.ts';
import { executorWorld } from './executor-world.ts';

/**
 * An executor as a process of its own, to be killed or ended: `PORT FOLDER NOW ENGINE CHANGE`. It
 * goes on until nothing changes.
 */
const engineSchema = z.enum(engineNames);
const [port, folder, now, engine, change = ''] = process.argv.slice(2);
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());
const world = executorWorld({ port: Number(port) }, JSON.parse(change), {
  folder: folder ?? '',
  madeAt: Number(now),
  engine: engineSchema.parse(engine),
});
console.log('ready');
await world.settle(ending.signal);
console.log('settled');
