import { executorWorld } from './executor-world.ts';

/**
 * An executor as a process of its own, to be killed: `PORT FOLDER NOW`. It says `pass` before each
 * pass and goes on until nothing changes.
 */
const [port, folder, now] = process.argv.slice(2);
const world = executorWorld({ port: Number(port) }, undefined, {
  folder: folder ?? '',
  madeAt: Number(now),
});
console.log('ready');
await world.settle();
console.log('settled');
