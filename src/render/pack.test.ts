import { describe, expect, it } from 'vitest';
import { goldenPlans } from '../../test/support/golden-plans.ts';
import { largePlan } from '../../test/support/large-plan.ts';
import { planOf, seq } from '../../test/support/plans.ts';
import fc from '../../test/support/property.ts';
import { type Plan, preorder } from '../model/plan.ts';
import { pack, packedLimit, packedOf, plainOf, unpack } from './pack.ts';

const golden = fc.constantFrom(...goldenPlans);
/** A plan of another's nodes, at the levels that are wished for. */
function rearranged(plan: Plan, wishes: readonly number[]): Plan {
  const nodes = preorder(plan.root);
  const way: Plan['root'][] = [];
  for (const [id, wish] of wishes.entries()) {
    const like = nodes[id % nodes.length] ?? plan.root;
    const node = { ...like, id, children: [] };
    way.length = id === 0 ? 0 : 1 + (wish % way.length);
    way.at(-1)?.children.push(node);
    way.push(node);
  }
  return { ...plan, root: way[0] ?? plan.root };
}
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
const arranged = fc
  .tuple(golden, fc.array(fc.nat(), { minLength: 1, maxLength: 60 }), numbers, fc.string())
  .map(([plan, wishes, number, text]): Plan => {
    const made = rearranged(plan, wishes);
    made.root.est = { ...made.root.est, rows: number };
    made.root.ext = { [text]: number };
    return { ...made, settings: { [text]: text, ext: '' }, queryText: text };
  });

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'read',
    (error: { code?: unknown }) => error.code,
  );
const packedBytes = async (plain: string | Uint8Array<ArrayBuffer>): Promise<string> => {
  const deflated = new Blob([plain]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return packedOf(await new Response(deflated).bytes());
};

describe('a packed plan', () => {
  it('is unpacked to the same plan, to six digits', async () => {
    for (const plan of goldenPlans)
      expect(await unpack(await pack(plan))).toEqual(
        JSON.parse(JSON.stringify(plan), (key, value: unknown) =>
          typeof value === 'number' && key !== 'collectedAt' ? Number(value.toPrecision(6)) : value,
        ),
      );
  });
  it('is the same text when it is packed again', async () => {
    await fc.assert(
      fc.asyncProperty(arranged, async (plan) => {
        const packed = await pack(plan);
        const once = await unpack(packed);
        expect(await pack(once)).toBe(packed);
        expect(preorder(once.root).map(({ id, nativeOp }) => [id, nativeOp])).toEqual(
          preorder(plan.root).map(({ id, nativeOp }) => [id, nativeOp]),
        );
      }),
    );
  });
  it('is made of what an address may have', async () => {
    await fc.assert(
      fc.asyncProperty(arranged, async (plan) => {
        expect(await pack(plan)).toMatch(/^v1\.[A-Za-z0-9_-]+$/);
      }),
    );
  });
  it('can be made by who deflates at once', async () => {
    for (const plan of goldenPlans.slice(0, 5))
      expect(await unpack(await packedBytes(plainOf(plan)))).toEqual(
        await unpack(await pack(plan)),
      );
  });
  it('may be of a plan that is deeper than a stack', async () => {
    const chain = rearranged(
      planOf(seq('a')),
      Array.from({ length: 20_000 }, (_, at) => Math.max(0, at - 1)),
    );
    const nodes = preorder((await unpack(await pack(chain))).root);
    expect(nodes).toHaveLength(20_000);
    expect(nodes.every(({ children }) => children.length <= 1)).toBe(true);
  });
  it('of 12 nodes fits a log attribute, of 1,000 one that is kept as a blob', async () => {
    const sizes = await Promise.all(
      [12, 100, 1_000].map(async (count) => (await pack(largePlan(count))).length),
    );
    for (const [at, most] of [2_000, 9_400, 88_000].entries())
      expect(sizes[at]).toBeLessThanOrEqual(most);
  });
});

describe('what is no packed plan', () => {
  it('has a code, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `v1.${text}`),
          fc.json().map(packedBytes),
          fc.uint8Array().map((bytes) => packedBytes(bytes.slice())),
        ),
        async (text) => {
          expect(await codeOf(unpack(await text))).toBe('unparsable');
        },
      ),
    );
  });
  it('has a code where one character is another, or the rest is gone', async () => {
    const packed = await pack(goldenPlans[0] as Plan);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(packed.length - 1),
        fc.constantFrom(...'Az0-_.='),
        async (at, character) => {
          expect(['read', 'unparsable']).toContain(
            await codeOf(unpack(packed.slice(0, at) + character + packed.slice(at + 1))),
          );
          expect(await codeOf(unpack(packed.slice(0, at)))).toBe('unparsable');
        },
      ),
    );
  });
  it.each([
    ['a number for a name', (plan: Plan) => ({ ...plan.root, nativeOp: 5 })],
    ['an operation of another version', (plan: Plan) => ({ ...plan.root, op: 'Teleport' })],
    ['no estimate', ({ root: { est: _none, ...rest } }: Plan) => rest],
  ])('has a code for %s', async (_, spoil) => {
    const plan = goldenPlans[0] as Plan;
    const spoilt = { ...plan, root: { ...spoil(plan), children: [] } as unknown as Plan['root'] };
    expect(await codeOf(pack(spoilt))).toBe('unparsable');
    const { children: _none, ...root } = spoilt.root;
    const flat = JSON.stringify({ ...plan, nodes: [{ level: 0, ...root }] });
    expect(await codeOf(unpack(await packedBytes(flat)))).toBe('unparsable');
  });
  it('is put down where it inflates to more than a plan may have', async () => {
    const bomb = await packedBytes(new Uint8Array(packedLimit + 1).fill(32));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await codeOf(unpack(bomb))).toBe('too_large');
    const text = 'x'.repeat(packedLimit);
    expect(await codeOf(pack({ ...(goldenPlans[0] as Plan), queryText: text }))).toBe('too_large');
  });
});
