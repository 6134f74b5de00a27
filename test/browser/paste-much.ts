import type { Browser } from 'playwright-core';
import type {} from '../../web/plan-view/index.ts';
import { openPage } from './browser.ts';

/** Ten megabytes in 2,001 steps: what a plan of many partitions with long conditions is. */
const much = [
  'Append  (cost=0.00..9000.00 rows=100 width=8) (actual time=0.1..9000.0 rows=7 loops=1)',
  ...Array.from(
    { length: 2_000 },
    (_, at) =>
      `  ->  Seq Scan on part_${at}  (cost=0.00..${at % 97}.00 rows=10 width=8) ` +
      `(actual time=0.0..${(at % 89) / 100} rows=7 loops=1)\n` +
      `        Filter: (a = '${'x'.repeat(5_000)}')`,
  ),
].join('\n');

/** The longest task of each, in milliseconds of the processor's time, not of the clock's. */
export interface LongestTasks {
  page: number;
  worker: number;
}

/** Pastes it into a new page, and waits until all of it is drawn. */
export async function pasteMuch(browser: Browser, address: string): Promise<LongestTasks> {
  const { context, page, faults } = await openPage(browser, { origin: address });
  await page.goto(address);
  // What is on the clipboard is there before anybody pastes it.
  await page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    Object.assign(globalThis, { clipboard: data });
  }, much);
  await page.getByText('58 k times').first().waitFor();
  await browser.startTracing(page, {
    categories: ['disabled-by-default-devtools.timeline', 'devtools.timeline'],
  });
  await page.getByRole('textbox', { name: 'Your plan' }).evaluate((target) => {
    const { clipboard } = globalThis as unknown as { clipboard: DataTransfer };
    target.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }),
    );
  });
  await page.locator('dbintel-plan .answer').waitFor();
  await page.waitForFunction(
    () => document.querySelector('dbintel-plan')?.plan?.totals.nodes === 2_001,
  );
  // Whatever follows of it: two frames are painted.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
  const longest = longestTasks(await browser.stopTracing());
  if (faults.length > 0) throw new Error(faults.join('\n'));
  await context.close();
  return longest;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  tdur?: number;
  args: { name?: string };
}

function longestTasks(trace: Buffer): LongestTasks {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const placeOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const longestOf = (thread: string): number => {
    const places = new Set(
      traceEvents
        .filter(({ name, args }) => name === 'thread_name' && args.name === thread)
        .map(placeOf),
    );
    const tasks = traceEvents.filter(
      (each) => each.ph === 'X' && each.name === 'RunTask' && places.has(placeOf(each)),
    );
    if (tasks.length === 0) throw new Error(`the trace has no task of ${thread}`);
    return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1_000));
  };
  return { page: longestOf('CrRendererMain'), worker: longestOf('DedicatedWorker thread') };
}
