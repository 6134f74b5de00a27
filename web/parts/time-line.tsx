import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './time-line.module.css';

/** A figure over time, as a line; what it says in words is its label. */
export interface TimeLineProps {
  label: string;
  /** Milliseconds since the epoch, and a value for each; null: there was none. */
  t: readonly number[];
  /** Where the last value’s time ends; it is the right edge. */
  end: number;
  values: readonly (number | null)[];
  format(value: number): string;
}

const height_px = 140;
const [axis_px, font] = [64, '11px Inter, system-ui, sans-serif'];

export function TimeLine({ label, t, end, values, format }: TimeLineProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let chart: uPlot | undefined;
    const draw = () => {
      chart?.destroy();
      const width = element.clientWidth;
      if (width > 0)
        chart = new uPlot(
          optionsOf(element, { width, label, range: [(t[0] ?? 0) / 1_000, end / 1_000], format }),
          dataOf(t, values),
          element,
        );
    };
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    // Colours are read when it is drawn: another theme is another drawing.
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      themed.disconnect();
      system.removeEventListener('change', draw);
      chart?.destroy();
    };
  }, [t, end, values, label, format]);
  return <div ref={place} className={styles.line} role="img" aria-label={label} />;
}

const dataOf = (t: readonly number[], values: readonly (number | null)[]): uPlot.AlignedData => [
  t.map((each) => each / 1_000),
  [...values],
];

interface Drawn extends Pick<TimeLineProps, 'label' | 'format'> {
  width: number;
  range: uPlot.Range.MinMax;
}

function optionsOf(element: Element, { width, label, range, format }: Drawn): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => {
    // A custom property of light-dark() is not computed: a colour that uses it is.
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const [soft, hair, line] = [colour('--soft'), colour('--hair'), colour('--calm')];
  const axis = { stroke: soft, font, grid: { stroke: hair, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: height_px,
    // The last mark stands at the edge, half of its words beyond it.
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { x: { range }, y: { range: (_, __, most) => [0, Math.max(most * 1.05, 1e-9)] } },
    axes: [
      { ...axis, space: 80, values: (_, marks) => timeMarks(marks.map((each) => each * 1_000)) },
      {
        ...axis,
        size: axis_px,
        values: (_, marks) => marks.map((each) => (each === 0 ? '0' : format(each))),
      },
    ],
    series: [
      {},
      {
        label,
        stroke: line,
        width: Number(style.getPropertyValue('--line-width')) || 1.5,
        fill: `color-mix(in srgb, ${line} 16%, transparent)`,
        points: { show: (t) => t.data[0].length < 48 },
      },
    ],
  };
}

/** The hour; at the first mark of a day, the day. */
function timeMarks(marks: readonly number[]): string[] {
  const dayOf = (at: number) => new Date(at).toDateString();
  return marks.map((at, place) => {
    const before = marks[place - 1];
    return before !== undefined && dayOf(before) === dayOf(at) ? hour.format(at) : day.format(at);
  });
}
const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
