/**
 * How much work something is, told as how often a megabyte of JSON could be read in its place: here
 * and now, by this thread's own processor time, so that a slow or busy machine says the same.
 */
export async function workOf(what: () => unknown, turns = 3): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn += 1) {
    const unit = (await cpuOf(readUnits)) / units;
    least = Math.min(least, (await cpuOf(what)) / unit);
  }
  return least;
}

const units = 5;
const megabyte = JSON.stringify(
  Array.from({ length: 18_000 }, (_, i) => ({ name: `table_${i}`, rows: i, cost: i / 7 })),
);
function readUnits(): void {
  for (let i = 0; i < units; i += 1) JSON.parse(megabyte);
}

async function cpuOf(what: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await what();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

/** In milliseconds of this thread: what else the machine does makes them hardly more. */
export function processorTime(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
