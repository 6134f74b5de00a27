import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { mutated } from '../support/mutated.ts';
import { planCorpus } from '../support/plan-corpus.ts';

/** Whatever is pasted is a plan, or is refused with a code; nothing else comes of it. */
const texts = planCorpus();

describe('ten thousand damaged plans', () => {
  it.each([1, 2, 3, 4])('of seed %i are read or refused', (seed) => {
    const random = seededRandom(seed);
    const outcomes = new Map<string, number>();
    for (let i = 0; i < 2_500; i += 1) {
      const text = mutated(texts[i % texts.length] ?? '', () => random.next());
      const outcome = outcomeOf(text);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].toSorted()).toEqual(['read', 'unparsable']);
    expect(outcomes.get('read')).toBeGreaterThan(100);
  });
});

function outcomeOf(text: string): string {
  try {
    readAnyPlan(text);
    return 'read';
  } catch (error) {
    return (error as { code?: string }).code ?? `raw: ${error}`;
  }
}
