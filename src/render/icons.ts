/** Strokes on a field of 16 × 16, drawn alike in a page, an SVG and a PDF. */
export const icons = {
  scan: 'M2 3h12M2 8h12M2 13h12',
  index: 'M2 13h3V3h6v10h3M5 8h6',
  call: 'M10 2c-3 0-2 4-3 6s-1 6-4 6M4 8h6',
  rows: 'M2 3h12v10H2zM2 8h12',
  away: 'M5 3H2v11h11v-3M8 2h6v6M14 2 7 9',
  loop: 'M13 5A6 6 0 1 0 14 9M14 2v4h-4',
  join: 'M2 3c6 0 5 5 12 5M2 13c6 0 5-5 12-5',
  hash: 'M6 2 4 14M12 2l-2 12M2 6h12M2 11h12',
  sort: 'M4 2v12M1 11l3 3 3-3M9 4h6M9 8h4M9 12h2',
  sum: 'M12 3H4l5 5-5 5h8',
  filter: 'M2 3h12L9.500 8.500V14l-3-2V8.500z',
  write: 'M3 13l1-4 7-7 3 3-7 7zM9 4l3 3',
  more: 'M3 8h1M8 8h1M13 8h1',
} as const;
export type IconName = keyof typeof icons;
