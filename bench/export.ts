import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { systemClock } from '../src/base/node/clock.ts';
import { createPictureThreads } from '../src/pictures/picture-threads.ts';
import { type DrawJob, type PictureFormat, pictureFormats } from '../src/render/draw-plan.ts';
import { pack } from '../src/render/pack.ts';
import { usualBudget } from '../src/render/scene.ts';
import { largePlan } from '../test/support/large-plan.ts';
import { type Section, sleep } from './harness.ts';

/** A plan as a document, as the API draws it: how long it takes, and whom it keeps waiting. */
const nodes = 1_000;
const times = 10;
const goals = { svg: 30, png: 1_500, pdf: 1_000, html: undefined } as const;
const delayGoal_ms = 20;

export async function exportBench(): Promise<Section> {
  const plan = largePlan(nodes);
  const threads = createPictureThreads({ fonts: undefined, clock: systemClock });
  const job = (format: PictureFormat, cards?: number): DrawJob => ({
    format,
    scale: 2,
    options: { theme: 'light', cards },
    page: { name: 'large', plan, findings: [] },
  });
  const rows: Section['rows'] = [];
  for (const format of pictureFormats) {
    const { best_ms, bytes, delay_ms, cpu_ms } = await bestOf(() => threads.draw(job(format)));
    const goal = goals[format];
    rows.push([
      `${format}: from asking to the last byte`,
      `${best_ms.toFixed(0)} ms (${(bytes / 1_024).toFixed(0)} KiB)`,
      goal === undefined ? '' : `≤ ${goal.toLocaleString('en-US')} ms`,
    ]);
    // Text of such a plan is drawn by the loop itself.
    if (format === 'svg' || format === 'html') continue;
    rows.push([
      `${format}: the loop’s longest delay meanwhile`,
      `${delay_ms.toFixed(0)} ms`,
      `≤ ${delayGoal_ms} ms`,
    ]);
    rows.push([`${format}: CPU time of the loop’s thread`, `${cpu_ms.toFixed(0)} ms`, '']);
  }
  const all = await bestOf(() => threads.draw(job('pdf', Number.POSITIVE_INFINITY)), 1);
  rows.push([
    `pdf of all ${nodes.toLocaleString('en-US')} cards`,
    `${all.best_ms.toFixed(0)} ms`,
    '',
  ]);
  for (const count of [12, 100, nodes]) {
    const whole = largePlan(count);
    const [packed, json] = [await pack(whole), JSON.stringify(whole.root)].map(
      ({ length }) => `${(length / 1_000).toFixed(1)} kB`,
    );
    const figure = `a plan of ${count.toLocaleString('en-US')} nodes: packed / as JSON`;
    rows.push([figure, `${packed} / ${json}`, '']);
  }
  return {
    title: 'Plans as documents',
    how:
      `a plan of ${nodes.toLocaleString('en-US')} nodes, folded to ${usualBudget} cards, by the ` +
      `threads that the API has: best of ${times} times, with the start of the thread and the ` +
      'loading of what draws; PNG at two pixels a point; the loop’s delay by a timer of 1 ms, ' +
      'which also tells how busy the machine is, so beside it what its own thread did',
    rows,
  };
}

async function bestOf(
  draw: () => ReturnType<ReturnType<typeof createPictureThreads>['draw']>,
  of = times,
) {
  const runs: { took_ms: number; delay_ms: number; cpu_ms: number; bytes: number }[] = [];
  for (let i = 0; i < of; i += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await sleep(20);
    delay.reset();
    const [before, cpu] = [performance.now(), process.threadCpuUsage()];
    const drawn = await draw();
    const [took_ms, own] = [performance.now() - before, process.threadCpuUsage(cpu)];
    delay.disable();
    if (drawn.kind !== 'drawn') throw new Error(drawn.message);
    const cpu_ms = (own.user + own.system) / 1_000;
    runs.push({ took_ms, delay_ms: delay.max / 1e6, cpu_ms, bytes: drawn.bytes.length });
  }
  const least = (of: keyof (typeof runs)[number]) => Math.min(...runs.map((run) => run[of]));
  return {
    best_ms: least('took_ms'),
    delay_ms: least('delay_ms'),
    cpu_ms: least('cpu_ms'),
    bytes: least('bytes'),
  };
}
