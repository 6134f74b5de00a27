import { type Indexed, savingOf } from './evaluate.ts';

/**
 * A set of indexes that grows, with what each further step would gain: only the steps that touch a
 * statement whose cost has changed are reckoned anew. Nothing is changed in place.
 */
export interface Steps {
  /** Indexes that come together: one alone, or those of an atom. */
  members: number[][];
  /** Statements whose cost a step may change. */
  touches: number[][];
  /** By statement: the steps that touch it. */
  ofStatement: number[][];
}

export interface Growth {
  there: boolean[];
  /** By statement. */
  saving: number[];
  /** By step. */
  gains: number[];
}

export function stepsOf(numbers: Indexed): Steps {
  const members = new Map(numbers.ids.map((_, i) => [String(i), [i]]));
  for (const atoms of numbers.atoms)
    for (const { indexes } of atoms)
      if (indexes.length > 1) {
        const sorted = indexes.toSorted((a, b) => a - b);
        members.set(sorted.join(), sorted);
      }
  const all = [...members.values()];
  const touches = all.map((step) => [
    ...new Set(step.flatMap((each) => numbers.statementsOf[each] ?? [])),
  ]);
  const ofStatement = numbers.atoms.map((): number[] => []);
  for (const [step, statements] of touches.entries())
    for (const each of statements) ofStatement[each]?.push(step);
  return { members: all, touches, ofStatement };
}

/** With nothing but what stays anyway. */
export function growthOf(numbers: Indexed, steps: Steps): Growth {
  const there = [...numbers.pinned];
  const saving = numbers.atoms.map((atoms) => savingOf(atoms, there));
  const gains = steps.members.map((_, step) => gainOf(numbers, steps, { there, saving }, step));
  return { there, saving, gains };
}

/** By the most gain for a byte, as long as anything gains and has room; never by `barred`. */
export function grown(numbers: Indexed, steps: Steps, from: Growth, barred?: number): Growth {
  let growth = from;
  const left = roomIn(numbers, from.there);
  for (;;) {
    const step = bestStep(numbers, steps, growth, left, barred);
    if (!step) return growth;
    for (const each of step) {
      left.bytes -= numbers.bytes[each] ?? 0;
      const table = numbers.tables[each] ?? 0;
      left.onTable[table] = (left.onTable[table] ?? 0) - 1;
    }
    growth = changed(numbers, steps, growth, step, true);
  }
}

export const without = (numbers: Indexed, steps: Steps, from: Growth, index: number): Growth =>
  changed(numbers, steps, from, [index], false);

function changed(
  numbers: Indexed,
  steps: Steps,
  from: Growth,
  indexes: readonly number[],
  is: boolean,
): Growth {
  const there = [...from.there];
  for (const each of indexes) there[each] = is;
  const saving = [...from.saving];
  const gains = [...from.gains];
  const touched = new Set(indexes.flatMap((each) => numbers.statementsOf[each] ?? []));
  for (const each of touched) saving[each] = savingOf(numbers.atoms[each] ?? [], there);
  const stale = new Set([...touched].flatMap((each) => steps.ofStatement[each] ?? []));
  for (const step of stale) gains[step] = gainOf(numbers, steps, { there, saving }, step);
  return { there, saving, gains };
}

interface Room {
  bytes: number;
  onTable: number[];
}

function roomIn(numbers: Indexed, there: readonly boolean[]): Room {
  const onTable = [...numbers.room];
  let bytes = numbers.budgetBytes;
  for (const [i, is] of there.entries()) {
    if (!is) continue;
    bytes -= numbers.bytes[i] ?? 0;
    const table = numbers.tables[i] ?? 0;
    onTable[table] = (onTable[table] ?? 0) - 1;
  }
  return { bytes, onTable };
}

/** What gains as little as this of what all costs are digits. */
const noise = 1e-9;

function bestStep(
  numbers: Indexed,
  { members }: Steps,
  { there, gains }: Growth,
  left: Room,
  barred: number | undefined,
): number[] | undefined {
  let best: number[] | undefined;
  let most = 0;
  for (const [i, step] of members.entries()) {
    const gain = gains[i] ?? 0;
    if (gain <= noise * numbers.baseCost) continue;
    const missing = step.filter((each) => !there[each]);
    if (missing.length === 0 || missing.some((each) => each === barred)) continue;
    const bytes = missing.reduce((sum, each) => sum + (numbers.bytes[each] ?? 0), 0);
    const rate = gain / Math.max(1, bytes);
    if (rate > most && bytes <= left.bytes && fits(numbers, missing, left))
      [best, most] = [missing, rate];
  }
  return best;
}

const fits = ({ tables }: Indexed, missing: readonly number[], { onTable }: Room): boolean =>
  missing.every((each) => {
    const table = tables[each] ?? 0;
    return missing.filter((one) => tables[one] === table).length <= (onTable[table] ?? 0);
  });

function gainOf(
  numbers: Indexed,
  { members, touches }: Steps,
  { there, saving }: Omit<Growth, 'gains'>,
  step: number,
): number {
  const missing = (members[step] ?? []).filter((each) => !there[each]);
  if (missing.length === 0) return 0;
  let gain = 0;
  for (const each of touches[step] ?? [])
    gain += savingOf(numbers.atoms[each] ?? [], there, missing) - (saving[each] ?? 0);
  return gain - missing.reduce((sum, each) => sum + (numbers.writeCost[each] ?? 0), 0);
}
