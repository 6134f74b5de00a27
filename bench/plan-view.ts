import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root, type Section } from './harness.ts';

/** What `<dbintel-plan>` weighs, and how long large plans take until they are seen and moved. */
interface Measured {
  seen: number;
  all: number;
  pan: number;
  drawing: number;
  held: number;
}
interface Figures {
  turns: number;
  frames: number;
  size: { width: number; height: number };
  element: number;
  rest: number;
  unpack: number;
  small: Measured;
  middle: Measured;
  large: Measured;
  paste: number;
}

export function planView(): Section {
  // Of a program of its own: what runs in a page has other types than the rest.
  const said = execFileSync(process.execPath, [join(root, 'test/browser/plan-view-figures.ts')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { turns, frames, size, element, rest, unpack, small, middle, large, paste } = JSON.parse(
    said,
  ) as Figures;
  return {
    title: 'The plan viewer',
    how:
      `\`<dbintel-plan>\` of ${size.width} × ${size.height} pixels in Chromium without a GPU: ` +
      'from the plan being set to its pixels being there, with outline and details; then ' +
      `${frames} frames of panning, each with its picture drawn anew; the best of ${turns} ` +
      'pages. `all`: every step is a card',
    rows: [
      ['the element, gzip', kilobytes(element), '≤ 12 kB'],
      ['what is around the picture, loaded beside it', kilobytes(rest), ''],
      ['unpacking a packed plan, which is loaded when it is asked for', kilobytes(unpack), ''],
      ['1,000 steps, folded: set → seen', ms(small.seen), '≤ 60 ms'],
      ['1,000 steps, all: set → seen', ms(small.all), ''],
      ['1,000 steps, all: a frame of panning, 95th percentile', ms(small.pan), '≤ 17 ms'],
      ['10,000 steps, folded: set → seen', ms(large.seen), '≤ 300 ms'],
      ['10,000 steps, all: set → seen', ms(large.all), '≤ 300 ms'],
      ['10,000 steps, all: a frame of panning, 95th percentile', ms(large.pan), '≤ 25 ms'],
      ['2,000 steps, folded and all: longest task', ms(middle.held), '≤ 50 ms'],
      ['10,000 steps, folded and all: longest task', ms(large.held), '≤ 50 ms'],
      ['10 MB with 2,000 steps, pasted: longest task', ms(paste), '≤ 50 ms'],
      ['10,000 steps, all: drawing of such a frame, 95th percentile', ms(large.drawing), ''],
    ],
  };
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;
