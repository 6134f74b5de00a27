import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

/**
 * node test/simulation/run.ts [--seed N] [--seeds COUNT] [--from N]: replays one seed with its
 * story, or runs many.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
  },
});
if (values.seed) {
  const outcome = await simulate(Number(values.seed));
  console.log(JSON.stringify(outcome, null, 2));
  process.exitCode = outcome.violations.length ? 1 : 0;
} else {
  const from = Number(values.from);
  let [cycles, crashes, bad] = [0, 0, 0];
  const takeOvers: number[] = [];
  for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
    const outcome = await simulate(seed);
    cycles += outcome.cycles;
    crashes += outcome.crashes;
    takeOvers.push(...outcome.takeOvers);
    if (outcome.violations.length === 0) continue;
    bad += 1;
    console.log(
      `seed ${seed}: ${outcome.violations[0]}\n  replay: ` +
        `node test/simulation/run.ts --seed ${seed}`,
    );
  }
  const sorted = takeOvers.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  console.log(
    `${values.seeds} seeds, ${cycles} cycles, ${crashes} crashes (take-over p99 ${p99} ms ` +
      `of ${sorted.length}), ${bad} with violations`,
  );
  process.exitCode = bad ? 1 : 0;
}
