import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { EventTold } from '../../src/http/answers/events.ts';
import type { FleetItem } from '../../src/http/answers/fleet.ts';
import { fleetOf, rowOf } from './fleet-data.ts';
import { type PagesStage, startPages } from './pages.ts';
import { recordedAnswers } from './recorded.ts';

/**
 * What the first page weighs and how soon it is there, over a fleet of ten thousand; how it runs
 * while they change, after an hour of that, and while nothing does. A program of its own, which
 * prints its figures: bench/pages.ts.
 */
const targets = 10_000;
const [turns, changed, changing_s, idle_s] = [5, 200, 5, 20];
/** An event a second is what an hour has; they are sent as fast as a page takes them. */
const [hour_events, atOnce] = [3_600, 60];

await using stage = await startPages();
const weights = await weigh(stage);
const opened: { paint: number; usable: number }[] = [];
for (let turn = 0; turn < turns; turn += 1) opened.push(await openOnce(stage));
const best = (key: 'paint' | 'usable') => Math.min(...opened.map((each) => each[key]));
const running = await run(stage);
process.stdout.write(
  JSON.stringify({
    targets,
    turns,
    changed,
    changing_s,
    idle_s,
    hour_events,
    ...weights,
    paint: best('paint'),
    usable: best('usable'),
    ...running,
  }),
);

/** Of all that is asked for until the first row is there; compressed as the program sends it. */
async function weigh({ serve, browser }: PagesStage) {
  await using server = await serve(recordedAnswers(targets));
  const page = await browser.newPage();
  const files: { path: string; bytes: number; gzip: number }[] = [];
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/ui/')) return;
    const body = await response.body();
    files.push({ path: pathname, bytes: body.length, gzip: gzipSync(body, { level: 9 }).length });
  });
  await page.goto(`${server.origin}/ui/`);
  await firstRow(page);
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.close();
  const sum = (of: typeof files, key: 'bytes' | 'gzip') =>
    of.reduce((total, each) => total + each[key], 0);
  const scripts = files.filter(({ path }) => path.endsWith('.js'));
  const fonts = files.filter(({ path }) => path.endsWith('.woff2'));
  return { scripts: sum(scripts, 'gzip'), fonts: sum(fonts, 'bytes'), whole: sum(files, 'gzip') };
}

async function openOnce({ serve, browser }: PagesStage) {
  await using server = await serve(recordedAnswers(targets));
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  await page.goto(`${server.origin}/ui/`);
  const usable = await firstRow(page);
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
  await page.close();
  return { paint, usable };
}

/** When the first row can be read, from the navigation on. */
async function firstRow(page: Page): Promise<number> {
  const seen = await page.waitForFunction(
    () => document.querySelector('[role=grid] [role=gridcell]') && performance.now(),
    undefined,
    { polling: 'raf' },
  );
  return (await seen.jsonValue()) as number;
}

/** Frames while two hundred rows change a second, then what it takes while nothing does. */
async function run({ serve, browser }: PagesStage) {
  await using server = await serve(recordedAnswers(targets));
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  await page.goto(`${server.origin}/ui/`);
  await firstRow(page);
  const items = fleetOf(targets, Date.now());
  let turn = 0;
  const tellNext = () => {
    turn += 1;
    server.tell(changesOf(items, turn));
  };
  const changing = setInterval(tellNext, 1_000);
  const gaps = await page.evaluate(async (ms) => {
    const found: number[] = [];
    const end = performance.now() + ms;
    let last = performance.now();
    while (last < end) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      found.push(now - last);
      last = now;
    }
    return found.sort((a, b) => a - b);
  }, changing_s * 1_000);
  clearInterval(changing);
  const debug = await page.context().newCDPSession(page);
  // The processor's time of the page, whatever else the machine does.
  await debug.send('Performance.enable', { timeDomain: 'threadTicks' });
  const figures = async () =>
    Object.fromEntries(
      (await debug.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]),
    );
  const busy = async (during: () => Promise<void>) => {
    const before = await figures();
    await during();
    return ((await figures())['TaskDuration'] ?? Number.NaN) - (before['TaskDuration'] ?? 0);
  };
  const idle = (await busy(() => page.waitForTimeout(idle_s * 1_000))) / idle_s;
  // All of the fleet is there: what is loaded is what an event is looked for in.
  await page.locator('[role=grid] [role=row][tabindex="0"]').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.querySelector('[aria-rowindex="10001"] a'));
  const hour = await busy(async () => {
    for (let sent = 0; sent < hour_events; sent += atOnce) {
      for (let i = 0; i < atOnce; i += 1) tellNext();
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    await page.waitForTimeout(2_000);
  });
  await debug.send('HeapProfiler.collectGarbage');
  const heap = (await figures())['JSHeapUsedSize'] ?? Number.NaN;
  await page.close();
  return {
    frame: gaps[Math.floor(gaps.length * 0.95)] ?? Number.NaN,
    longest: gaps.at(-1) ?? Number.NaN,
    idle,
    event: hour / hour_events,
    heap,
  };
}

/** One in fifty has changed in more than figures, as in a fleet that is well. */
function changesOf(items: readonly FleetItem[], turn: number): EventTold {
  const from = (turn * 4) % (items.length - 4);
  const set = items.slice(from, from + 4).map((item) => rowOf({ ...item, plans: turn }));
  const rev = `r-${turn + 1}`;
  return {
    event: 'rows',
    id: rev,
    data: { rev, now: Date.now(), set, figures: figuresOf(turn), gone: [] },
  };
}

function figuresOf(turn: number) {
  const of = (at: number) =>
    [((turn * changed + at) % targets) + 1, turn % 60, 97, 99, turn] as [
      number,
      number,
      number,
      number,
      number,
    ];
  return Array.from({ length: changed }, (_, at) => of(at));
}
