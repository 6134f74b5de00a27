import { readFile } from 'node:fs/promises';
import highsModule from 'highs';
import type { Problem, Selection } from '../../advice/problem.ts';
import { costOf, indexed, isAllowed, simpleBound } from '../evaluate.ts';
import { greedySet, selectionOf } from '../greedy.ts';
import { milpOf, startOf } from './milp.ts';

/**
 * One problem, here and now: this blocks its thread until the optimum is proven or the time is
 * over. It begins with what greedy found, which is the answer where nothing better is found.
 */
export async function solveMilp(problem: Problem, limit_ms: number): Promise<Selection> {
  const numbers = indexed(problem);
  const start = greedySet(numbers);
  const highs = await loadHighs({ wasmBinary: await readFile(wasmFile()) });
  const { model: data, scale } = milpOf(numbers, highs);
  const model = highs.createModel(data);
  try {
    model.options.set({
      output_flag: false,
      time_limit: limit_ms / 1_000,
      mip_rel_gap: leastGap,
      mip_abs_gap: 0,
    });
    model.setSolution({ colValue: startOf(numbers, start) });
    model.run();
    const isOptimal = model.getModelStatus() === highs.constants.modelStatus.optimal;
    const { colValue = [] } = model.getSolution();
    const found = numbers.ids.map((_, i) => (colValue[i] ?? 0) > 0.5);
    // What comes back is only believed where it is allowed, and better than what was known.
    const better = isAllowed(numbers, found) && costOf(numbers, found) < costOf(numbers, start);
    const proven = Number(model.info.get('mip_dual_bound')) * scale;
    const known = simpleBound(numbers);
    const bound = Number.isFinite(proven) ? Math.max(proven, known) : known;
    return selectionOf(
      numbers,
      better ? found : start,
      bound,
      isOptimal ? 'optimal' : 'time-limit',
    );
  } finally {
    model.dispose();
  }
}

/** Its types are those of a CommonJS package, what is imported is its ES module. */
const loadHighs = highsModule as unknown as typeof highsModule.default;

/** Of the cost: what two plans of the same cost differ by in their digits. */
const leastGap = 1e-6;

/** As source it is in its package; bundled it stands beside the program. */
const wasmFile = (): URL =>
  new URL(
    import.meta.url.endsWith('.ts') ? import.meta.resolve('highs/runtime') : './highs.wasm',
    import.meta.url,
  );
