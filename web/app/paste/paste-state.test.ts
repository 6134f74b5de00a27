import { describe, expect, it } from 'vitest';
import { answerTo } from '../../worker/answer.ts';
import { emptyState, type Given, nextState, type PasteState, textsFor } from './paste-state.ts';

const scan = (cost: string) => `Seq Scan on orders  (cost=0.00..${cost} rows=10 width=8)`;
const first: Given = { name: 'first', text: scan('10.00') };
const second: Given = { name: 'second', text: scan('70.00') };
const wrong: Given = { name: 'wrong', text: 'root:x:0:0' };

async function after(state: PasteState, texts: readonly Given[]): Promise<PasteState> {
  const asked = nextState(state, { kind: 'asked', texts });
  const answers = await answerTo(texts, 0, () => {});
  return nextState(asked, { kind: 'answered', texts, answers });
}
const names = ({ shown }: PasteState) => shown.map(({ given }) => given.name);

describe('what the page shows', () => {
  it('is the plan that was given', async () => {
    expect(names(await after(emptyState, textsFor(emptyState, first)))).toEqual(['first']);
  });
  it('is another plan, or both where one is chosen to be compared', async () => {
    const one = await after(emptyState, [first]);
    expect(names(await after(one, textsFor(one, second)))).toEqual(['second']);
    const choosing = nextState(one, { kind: 'choosing', choosing: true });
    const both = await after(choosing, textsFor(choosing, second));
    expect(names(both)).toEqual(['first', 'second']);
    expect(both.choosing).toBe(false);
  });
  it('stays where the next text is no plan, and says why', async () => {
    const one = await after(emptyState, [first]);
    const refused = await after(one, textsFor(one, wrong));
    expect(names(refused)).toEqual(['first']);
    expect(refused.refusal).toMatchObject({ name: 'wrong', code: 'unparsable' });
    expect(nextState(refused, { kind: 'asked', texts: [second] }).refusal).toBeUndefined();
  });
  it('is nothing again', async () => {
    const one = await after(emptyState, [first]);
    expect(nextState(one, { kind: 'cleared' })).toEqual(emptyState);
  });
});
