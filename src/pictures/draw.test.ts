import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { collectionOf } from '../../test/support/font-collection.ts';
import { goldenPlans } from '../../test/support/golden-plans.ts';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import type { DrawJob, PictureFormat } from '../render/draw-plan.ts';
import { draw, mostCards } from './draw.ts';
import { scaleFor } from './png.ts';

const folder = mkdtempSync(join(tmpdir(), 'dbintel-fonts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const job = (format: PictureFormat, name = 'orders', more: Partial<DrawJob> = {}): DrawJob => ({
  format,
  scale: 1,
  options: { theme: 'light' },
  page: { name: 'plan', plan: planOf(seq(name)), findings: [] },
  ...more,
});
const drawn = async (wish: DrawJob, fonts?: string) => {
  const result = await draw(wish, fonts);
  if (result.kind !== 'drawn') throw new Error(result.message);
  return { notes: result.notes, bytes: Buffer.from(result.bytes) };
};
/** Width and height, from the head of a PNG. */
const sizeOf = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];

describe('a picture', () => {
  it('is what it is called', async () => {
    const heads = {
      svg: '<svg ',
      html: '<!doctype html>',
      png: '\u0089PNG',
      pdf: '%PDF-',
    } as const;
    for (const format of ['svg', 'html', 'png', 'pdf'] as const) {
      const { bytes, notes } = await drawn(job(format));
      expect(bytes.toString('latin1')).toMatch(new RegExp(`^${heads[format]}`));
      // Only a page with the pages' own viewer beside it moves: a checkout has it once it is built.
      expect(notes.filter((note) => !note.includes('make web'))).toEqual([]);
    }
  });
  it('has as many pixels as are asked for', async () => {
    const [single = 0] = sizeOf((await drawn(job('png'))).bytes);
    const [double] = sizeOf((await drawn(job('png', 'orders', { scale: 2 }))).bytes);
    expect(double).toBe(2 * single);
  });
  it('is smaller than the memory there is', () => {
    expect(scaleFor({ width: 1_000, height: 1_000 }, 2)).toBe(2);
    const huge = { width: 100_000, height: 1_000 };
    expect(100_000 * 1_000 * scaleFor(huge, 2) ** 2).toBeCloseTo(40_000_000);
  });
  it('that would be unreadable is refused, with what to take', async () => {
    const flat = {
      ...seq('all'),
      'Node Type': 'Append',
      Plans: Array.from({ length: 1_990 }, (_, at) => seq(`part${at}`)),
    };
    const limit = (below: object) => ({ 'Node Type': 'Limit', 'Total Cost': 9, Plans: [below] });
    const wide = planOf(Array.from({ length: 5 }).reduce<object>(limit, flat));
    const page = { name: 'wide', plan: wide, findings: [] };
    const options = {
      theme: 'light' as const,
      cards: Number.POSITIVE_INFINITY,
      turn: 'down' as const,
    };
    expect(await draw(job('png', '', { page, options }), undefined)).toMatchObject({
      kind: 'too_large',
      message: expect.stringContaining('take svg, pdf or html'),
    });
  });
  it('has 2,000 cards at most, and says so', async () => {
    const plan = planOf({
      ...seq('all'),
      'Node Type': 'Append',
      Plans: Array.from({ length: 2_500 }, (_, at) => seq(`part${at}`, { 'Total Cost': at })),
    });
    const options = { theme: 'light' as const, cards: Number.POSITIVE_INFINITY };
    const { notes } = await drawn(
      job('pdf', '', { page: { name: 'p', plan, findings: [] }, options }),
    );
    expect(notes).toEqual([expect.stringContaining(`${mostCards} of 2501 steps`)]);
  });
  it('can be made of plans of every format', async () => {
    for (const [at, plan] of goldenPlans.entries()) {
      if (at % 12 > 0) continue; // they take a while
      const page = { name: `${at}`, plan, findings: [] };
      for (const format of ['png', 'pdf'] as const)
        expect((await drawn(job(format, '', { page, before: page }))).notes).toEqual([]);
    }
  });
});

describe('a character that no font has', () => {
  const names = { 注文: 'U+6CE8 U+6587', طلب: 'U+0637 U+0644 U+0628', '🦆': 'U+1F986' };
  it.each(Object.entries(names))('is told: %s', async (name, points) => {
    for (const format of ['png', 'pdf'] as const) {
      const { notes } = await drawn(job(format, name));
      expect(notes).toEqual([expect.stringContaining(`no font here has ${points}; DBINTEL_FONTS`)]);
    }
  });
  it('does not keep a name of any kind from being drawn', async () => {
    for (const name of [
      '<script>alert(1)</script>',
      'x'.repeat(300),
      'a\u0301',
      'a\nb\u0007\uD800',
      '🧑‍💻',
    ])
      for (const format of ['png', 'pdf'] as const)
        expect((await drawn(job(format, name))).bytes.length).toBeGreaterThan(1_000);
  });
  it('is drawn by a font of the folder that has it, single or of a collection', async () => {
    const whole = fileURLToPath(
      import.meta.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    );
    // Of Inter itself, but not of the part that is in the program.
    const name = 'orders ⌘ ㎡';
    expect((await drawn(job('png', '⌘'))).notes).toHaveLength(1);
    copyFileSync(whole, join(folder, 'whole.ttf'));
    writeFileSync(join(folder, 'broken.otf'), 'no font');
    for (const format of ['png', 'pdf'] as const)
      expect((await drawn(job(format, '⌘ orders ⌘'), folder)).notes).toEqual([
        'not used: broken.otf is no TrueType or OpenType font with outlines',
      ]);
    rmSync(join(folder, 'whole.ttf'));
    writeFileSync(join(folder, 'whole.ttc'), collectionOf(readFileSync(whole)));
    expect((await drawn(job('pdf', '⌘'), folder)).notes).toHaveLength(1);
    expect((await drawn(job('png', name), folder)).notes).toEqual([
      expect.stringContaining(`no font here has U+33A1; put a font that has it into ${folder}`),
      expect.any(String),
    ]);
  });
});
it('is drawn beside what was before, with what changed', async () => {
  const before = { name: 'before', plan: planOf(seq('orders')), findings: [] };
  const plan = planOf(joined('Hash Join', seq('orders'), seq('items')));
  const { bytes } = await drawn(
    job('svg', '', { page: { name: 'after', plan, findings: [] }, before }),
  );
  for (const text of [
    'before → after',
    'Expected cost 100 in the place of 10',
    '+ new: Full scan · items',
  ])
    expect(bytes.toString()).toContain(text);
});
