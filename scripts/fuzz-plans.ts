import { seededRandom } from '../src/base/random.ts';
import { readPlanText } from '../src/dialects/read-any.ts';
import { sourceFormats } from '../src/model/plan.ts';
import { largePlans } from '../test/support/large-plans.ts';
import { mutated } from '../test/support/mutated.ts';
import { planCorpus } from '../test/support/plan-corpus.ts';

/**
 * node scripts/fuzz-plans.ts [COUNT] [SEED]: damaged plans of every format, each read or refused
 * with a code; and ten megabytes of each, with the time they take. What is neither ends the run
 * with its seed and text.
 */
const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const allowed = new Set(['read', 'unparsable', 'too_large']);
/** Nobody waits longer for a text that is no larger than a plan of a server. */
const slow_ms = 1_000;

function outcomeOf(text: string): string {
  try {
    readPlanText(text);
    return 'read';
  } catch (error) {
    return (error as { code?: string }).code ?? `raw: ${error}`;
  }
}

function fuzz(): number {
  const texts = planCorpus();
  const random = seededRandom(seed);
  const outcomes = new Map<string, number>();
  const began = performance.now();
  for (let i = 0; i < count; i += 1) {
    const text = mutated(texts[i % texts.length] ?? '', () => random.next());
    const start = performance.now();
    const outcome = outcomeOf(text);
    const ms = performance.now() - start;
    if (!allowed.has(outcome) || ms > slow_ms) {
      console.error(`seed ${seed}, input ${i}: ${outcome} in ${Math.round(ms)} ms\n${text}`);
      return 1;
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  const seconds = (performance.now() - began) / 1_000;
  const told = [...outcomes].map(([what, times]) => `${times} ${what}`).join(', ');
  console.log(`${count} damaged plans in ${seconds.toFixed(0)} s: ${told}`);
  return 0;
}

const tenMegabytes = 10 * 1_048_576;

function large(): void {
  for (const format of sourceFormats) {
    const { wide } = largePlans[format];
    const each = wide(2_000).length / 2_000;
    const text = wide(Math.round(tenMegabytes / each));
    const start = performance.now();
    const outcome = outcomeOf(text);
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const size = (text.length / 1_048_576).toFixed(1);
    console.log(`${format.padEnd(14)} ${size} MiB: ${outcome} in ${seconds} s`);
  }
}

large();
process.exitCode = fuzz();
