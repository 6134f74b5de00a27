import type { Highs, ModelData } from 'highs';
import type { Indexed } from '../evaluate.ts';

/**
 * The problem as a mixed-integer program. A column for each index (is it there?) and for each atom
 * (is this what the statement costs?); of each statement one atom at most, of an atom all indexes;
 * budget, and room on each table. Savings are scaled so that all of them together are 1: costs of
 * some 10^12 are beyond what the solver's tolerances tell apart.
 */
export interface Milp {
  model: ModelData;
  /** In the model's units: what one is in the problem's. */
  scale: number;
}

export function milpOf(
  numbers: Indexed,
  { infinity, constants }: Pick<Highs, 'infinity' | 'constants'>,
): Milp {
  const atoms = numbers.atoms.flatMap((all, statement) =>
    all.map((atom) => ({ ...atom, statement })),
  );
  const scale = atoms.reduce((most, { saving }) => Math.max(most, saving), 0) || 1;
  const indexCount = numbers.ids.length;
  const rows: { columns: number[]; values: number[]; upper: number }[] = [];
  const add = (columns: number[], values: number[], upper: number) =>
    rows.push({ columns, values, upper });
  // In shares of the budget, for the same reason.
  const budget = Math.max(1, numbers.budgetBytes);
  const all = numbers.ids.map((_, i) => i);
  add(
    all,
    numbers.bytes.map((each) => each / budget),
    numbers.budgetBytes / budget,
  );
  for (const [table, room] of numbers.room.entries()) {
    const on = all.filter((i) => numbers.tables[i] === table);
    if (on.length > room)
      add(
        on,
        on.map(() => 1),
        room,
      );
  }
  const byStatement = Map.groupBy(atoms.keys(), (i) => atoms[i]?.statement);
  for (const group of byStatement.values())
    if (group.length > 1)
      add(
        group.map((i) => indexCount + i),
        group.map(() => 1),
        1,
      );
  for (const group of byStatement.values()) addLinks(group, atoms, indexCount, add);
  const starts = [0];
  for (const { columns } of rows) starts.push((starts.at(-1) ?? 0) + columns.length);
  const count = indexCount + atoms.length;
  return {
    scale,
    model: {
      numCols: count,
      numRows: rows.length,
      offset: numbers.baseCost / scale,
      colCost: [
        ...numbers.writeCost.map((each) => each / scale),
        ...atoms.map(({ saving }) => -saving / scale),
      ],
      colLower: [...numbers.pinned.map(Number), ...atoms.map(() => 0)],
      colUpper: Array.from({ length: count }, () => 1),
      rowLower: rows.map(() => -infinity),
      rowUpper: rows.map(({ upper }) => upper),
      // Where indexes are there or not, the best atom of a statement is whole by itself.
      integrality: [
        ...numbers.ids.map(() => constants.variableType.integer),
        ...atoms.map(() => constants.variableType.continuous),
      ],
      matrix: {
        format: 'csr',
        numRows: rows.length,
        numCols: count,
        starts,
        indices: rows.flatMap(({ columns }) => columns),
        values: rows.flatMap(({ values }) => values),
      },
    },
  };
}

/**
 * Atoms of one statement exclude each other: all of them with an index together are at most what
 * that index is. That is tighter than a row for each, and fewer rows.
 */
function addLinks(
  group: readonly number[],
  atoms: readonly { indexes: number[] }[],
  indexCount: number,
  add: (columns: number[], values: number[], upper: number) => void,
): void {
  const withIndex = new Map<number, number[]>();
  for (const i of group)
    for (const index of atoms[i]?.indexes ?? [])
      withIndex.set(index, [...(withIndex.get(index) ?? []), indexCount + i]);
  for (const [index, columns] of withIndex)
    add([...columns, index], [...columns.map(() => 1), -1], 0);
}

/** A known set as the solver's first one. */
export function startOf(numbers: Indexed, there: readonly boolean[]): number[] {
  const atoms = numbers.atoms.flatMap((all) => {
    const used = all.findIndex(({ indexes }) => indexes.every((each) => there[each]));
    return all.map((_, i) => Number(i === used));
  });
  return [...there.map(Number), ...atoms];
}
