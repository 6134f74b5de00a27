import { median } from './harness.ts';

/** Figures as data: measured by name, printed with their unit and goal, alone or as a pair. */
export type Values = Readonly<Record<string, number>>;

export interface Figure {
  /** Also the name of its value. */
  name: string;
  unit: '' | 'ms' | 's' | 'MiB' | '%' | '% of a core';
  goal: string;
}

/** Three digits that say something. */
export function said(value: number, unit: Figure['unit']): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit && ` ${unit}`}`;
}

/** One value a round of each revision, in the order of the rounds. */
export interface Pair {
  before: readonly Values[];
  after: readonly Values[];
}

export type PairedRow = readonly [
  figure: string,
  before: string,
  after: string,
  ratio: string,
  goal: string,
];

/** Medians; the ratio of the medians, and the least and the greatest of the rounds'. */
export function pairedRow({ name, unit, goal }: Figure, { before, after }: Pair): PairedRow {
  const [was, is] = [before, after].map((rounds) => rounds.map((values) => valueOf(values, name)));
  const [from, to] = [median(was ?? []), median(is ?? [])];
  const ratios = (is ?? []).map((value, i) => value / (was?.[i] ?? Number.NaN));
  const spread = `${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)}`;
  const ratio = (to / from).toFixed(2) + (ratios.length > 1 ? ` (${spread})` : '');
  return [name, said(from, unit), said(to, unit), ratio, goal];
}

function valueOf(values: Values, name: string): number {
  const value = values[name];
  if (value === undefined || Number.isNaN(value))
    throw new Error(`no value of ${name}: there are ${JSON.stringify(values)}`);
  return value;
}

/** A B, B A, A B, …: what drifts with time falls on all of them alike. */
export async function alternate<Contender>(
  rounds: number,
  contenders: readonly Contender[],
  run: (contender: Contender) => Promise<Values>,
): Promise<Values[][]> {
  const got = contenders.map((): Values[] => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...contenders.keys()];
    for (const i of round % 2 ? order.toReversed() : order)
      got[i]?.push(await run(contenders[i] as Contender));
  }
  return got;
}
