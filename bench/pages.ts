import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root, type Section } from './harness.ts';

/** What the first page of the web UI weighs, how soon it is there, what it takes while open. */
interface Figures {
  targets: number;
  turns: number;
  changed: number;
  changing_s: number;
  idle_s: number;
  hour_events: number;
  scripts: number;
  fonts: number;
  whole: number;
  paint: number;
  usable: number;
  frame: number;
  longest: number;
  idle: number;
  event: number;
  heap: number;
}

export function pagesBench(): Section {
  const said = execFileSync(process.execPath, [join(root, 'test/browser/pages-figures.ts')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const figures = JSON.parse(said) as Figures;
  const { targets, turns, changed, changing_s, idle_s, hour_events } = figures;
  return {
    title: 'The web UI',
    how:
      `the fleet of ${targets.toLocaleString('en-US')} targets in Chromium without a GPU, over a ` +
      `server that answers at once; the best of ${turns} openings of 1440 × 900; then ` +
      `${changing_s} s in which ${changed} rows change each second, ${idle_s} s without any, and ` +
      `the ${hour_events.toLocaleString('en-US')} events of an hour as fast as the page takes ` +
      'them, with the whole fleet loaded; processor time is that of the page’s own thread',
    rows: [
      ['first page: scripts, gzip', kilobytes(figures.scripts), '≤ 130 kB'],
      ['first page: fonts', kilobytes(figures.fonts), '≤ 48 kB'],
      ['first page: all of it, gzip', kilobytes(figures.whole), '≤ 300 kB'],
      ['opened → first paint', ms(figures.paint), '≤ 400 ms'],
      ['opened → first row can be read', ms(figures.usable), '≤ 1,000 ms'],
      ['a frame while rows change, 95 of 100', ms(figures.frame), '≤ 33 ms'],
      ['the longest of them', ms(figures.longest), ''],
      ['processor time at rest', `${(figures.idle * 100).toFixed(1)} %`, '≤ 1 %'],
      [
        'processor time of an event, all of the fleet loaded',
        `${(figures.event * 1e3).toFixed(1)} ms`,
        '',
      ],
      ['heap after an hour of events', `${(figures.heap / 1e6).toFixed(0)} MB`, '≤ 60 MB'],
    ],
  };
}

const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;
const ms = (value: number) => `${value.toFixed(0)} ms`;
