import { percent } from '../../src/render/figures.ts';

/** `12%`; of what is more than nothing never that it is nothing. */
export const shareWords = (share: number): string =>
  share > 0 && percent(share) === percent(0) ? '< 0.1%' : percent(share);
