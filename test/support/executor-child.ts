import * as z from 'zod';
import { engineNames } from '../../src/model/engine-name.ts';
import { executorWorld } from './executor-world.ts';

/**
 * An executor as a process of its own, to be killed: `PORT FOLDER NOW ENGINE`. It says `pass`
 * before each pass and goes on until nothing changes.
 */
const engineSchema = z.enum(engineNames);
const [port, folder, now, engine] = process.argv.slice(2);
const world = executorWorld({ port: Number(port) }, undefined, {
  folder: folder ?? '',
  madeAt: Number(now),
  engine: engineSchema.parse(engine),
});
console.log('ready');
await world.settle();
console.log('settled');
