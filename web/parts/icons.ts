import { icons as ofPlans } from '../../src/render/icons.ts';

/** Strokes on a field of 16 × 16: those that plans are drawn with, and those of the pages. */
export const icons = {
  ...ofPlans,
  find: 'M11 7A4 4 0 1 1 3 7a4 4 0 0 1 8 0zM10 10l4 4',
  copy: 'M6 6h8v8H6zM10 6V2H2v8h4',
  check: 'M2 9l4 4 8-9',
  close: 'M3 3l10 10M13 3 3 13',
  down: 'M3 6l5 5 5-5',
  right: 'M6 3l5 5-5 5',
  theme: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  person: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 14c1-3 3-4 6-4s5 1 6 4',
  again: 'M13 8A5 5 0 1 1 11 4M11 1v4h4',
} as const;
export type IconName = keyof typeof icons;
