import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import type { Severity } from '../model/finding.ts';
import { type Part, type Picture, pictureOf } from './picture.ts';
import { themes } from './theme.ts';

const pageOf = (root: object, count = 0) => ({
  name: 'plan',
  plan: planOf(root),
  findings: Array.from({ length: count }, (_, at) => ({
    severity: 'warning' as Severity,
    message: `finding ${at}`,
    nodes: [0],
  })),
});
const textsOf = (parts: readonly Part[]): string[] =>
  parts.flatMap((part) =>
    part.kind === 'group' ? textsOf(part.parts) : part.kind === 'text' ? [part.text] : [],
  );
/** Of every text, where it ends at the latest; a card's are within the card. */
const endsOf = ({ parts }: Picture): { x: number; y: number }[] => {
  const found: { x: number; y: number }[] = [];
  const visit = (part: Part, x: number, y: number): void => {
    if (part.kind !== 'group') {
      if (part.kind === 'text' || part.kind === 'box') found.push({ x: x + part.x, y: y + part.y });
      return;
    }
    for (const each of part.parts) visit(each, x + part.x, y + part.y);
  };
  for (const part of parts) visit(part, 0, 0);
  return found;
};

it('says the answer first, then what was found, and only then draws', () => {
  const picture = pictureOf(pageOf(seq('orders'), 9), undefined, themes.light);
  const texts = textsOf(picture.parts);
  expect(texts.slice(0, 2)).toEqual([
    'plan · estimates only · cost 10 · 1 step, 1 deep',
    '100% of the expected cost is a full scan of orders.',
  ]);
  expect(texts).toContain('finding 3');
  expect(texts).not.toContain('finding 4');
  expect(texts).toContain('and 5 more findings');
});
it('has room for all that is in it', () => {
  const pages = [pageOf(seq('a'), 3), pageOf(joined('Hash Join', seq('a'), seq('b')), 1)];
  for (const before of [undefined, pages[1]])
    for (const page of pages) {
      const notes = ['a note that is told below the picture'];
      const picture = pictureOf(page, before, themes.dark, { notes });
      for (const { x, y } of endsOf(picture)) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThan(picture.width);
        expect(y).toBeLessThan(picture.height);
      }
      expect(textsOf(picture.parts).at(-1)).toBe(notes[0]);
    }
});
it('of two plans says what changed, and stands both side by side', () => {
  const [before, page] = [pageOf(seq('a')), pageOf(joined('Hash Join', seq('a'), seq('b')))];
  const picture = pictureOf(page, { ...before, name: 'old' }, themes.light);
  const texts = textsOf(picture.parts);
  expect(picture.title).toBe('old → plan');
  expect(texts[1]).toBe(
    'Expected cost 100 in the place of 10, 10 times as much: b is read whole, too.',
  );
  expect(texts).toContain('+ new: Full scan · b (– → cost 10, 10%)');
  expect(texts.filter((text) => text === 'old' || text === 'plan')).toEqual(['old', 'plan']);
});
