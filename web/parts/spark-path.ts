/** Values → the strokes of a sparkline, from zero up; a gap where nothing is known. Pure. */
export interface SparkPath {
  line: string;
  area: string;
}

const margin = 1.5;

export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number,
): SparkPath {
  const known = values.filter((value) => value !== null);
  const most = Math.max(...known, 0);
  if (known.length < 2) return { line: '', area: '' };
  const x = (at: number) => ((at / (values.length - 1)) * width).toFixed(1);
  const y = (value: number) =>
    (height - margin - (most ? value / most : 0) * (height - 2 * margin)).toFixed(1);
  const runs = runsOf(values);
  return {
    line: runs
      .map((run) => run.map(([at, value], i) => `${i ? 'L' : 'M'}${x(at)} ${y(value)}`).join(''))
      .join(''),
    area: runs
      .map((run) => {
        const [first, last] = [run[0]?.[0] ?? 0, run.at(-1)?.[0] ?? 0];
        const top = run.map(([at, value]) => `L${x(at)} ${y(value)}`).join('');
        return `M${x(first)} ${height}${top}L${x(last)} ${height}z`;
      })
      .join(''),
  };
}

type Point = readonly [at: number, value: number];

/** Neighbours that are known; one alone is drawn as two, so that it is seen. */
function runsOf(values: readonly (number | null)[]): Point[][] {
  const runs: Point[][] = [];
  let open: Point[] | undefined;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      open = undefined;
      continue;
    }
    if (!open) runs.push((open = []));
    open.push([at, value]);
  }
  return runs.map((run) => {
    const [only] = run;
    return run.length === 1 && only
      ? [only, [Math.min(only[0] + 0.5, values.length - 1), only[1]]]
      : run;
  });
}
