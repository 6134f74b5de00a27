import type { Problem } from '../advice/problem.ts';

/**
 * A problem by numbers instead of names: what every solver asks of it. A statement costs what its
 * cheapest atom does of which all indexes are there, and at most what it costs now.
 */
export interface Indexed {
  ids: string[];
  tables: number[];
  bytes: number[];
  writeCost: number[];
  pinned: boolean[];
  budgetBytes: number;
  /** By table: how many may be there, those that stay included. */
  room: number[];
  /** Weight times cost of all statements as things are. */
  baseCost: number;
  /** Cheapest first, of each statement; only those that save. */
  atoms: WeighedAtom[][];
  /** Statements that speak of an index. */
  statementsOf: number[][];
}

export interface WeighedAtom {
  indexes: number[];
  /** Weight times what one execution saves. */
  saving: number;
}

export function indexed(problem: Problem): Indexed {
  const { indexes, base, weight } = problem;
  const numbers = new Map(indexes.map(({ id }, i) => [id, i]));
  const tableNames = [...new Set(indexes.map(({ table }) => table))];
  const tables = indexes.map(({ table }) => tableNames.indexOf(table));
  const statements = [...base.keys()];
  const statementNumbers = new Map(statements.map((each, i) => [each, i]));
  const atoms = statements.map((): WeighedAtom[] => []);
  const statementsOf = indexes.map(() => new Set<number>());
  for (const atom of problem.atoms) {
    const statement = statementNumbers.get(atom.statement);
    const members = atom.indexes.map((id) => numbers.get(id));
    if (statement === undefined || members.some((each) => each === undefined)) continue;
    const saved = (base.get(atom.statement) ?? 0) - atom.cost;
    const saving = saved * (weight.get(atom.statement) ?? 0);
    if (!(saving > 0)) continue;
    const known = members as number[];
    atoms[statement]?.push({ indexes: known, saving });
    for (const each of known) statementsOf[each]?.add(statement);
  }
  const pinnedOn = tableNames.map(
    (_, table) => indexes.filter(({ pinned }, i) => pinned && tables[i] === table).length,
  );
  return {
    ids: indexes.map(({ id }) => id),
    tables,
    bytes: indexes.map(({ bytes, pinned }) => (pinned ? 0 : bytes)),
    writeCost: indexes.map(({ writeCost }) => writeCost),
    pinned: indexes.map(({ pinned }) => pinned === true),
    budgetBytes: problem.budgetBytes,
    // Where there are more already, none comes, and none has to go.
    room: pinnedOn.map((there) => Math.max(problem.perTable, there)),
    baseCost: statements.reduce(
      (sum, each) => sum + (base.get(each) ?? 0) * (weight.get(each) ?? 0),
      0,
    ),
    atoms: atoms.map((each) => each.toSorted((a, b) => b.saving - a.saving)),
    statementsOf: statementsOf.map((each) => [...each]),
  };
}

/** Of one statement, with what is there, and what comes besides. */
export function savingOf(
  atoms: readonly WeighedAtom[],
  there: readonly boolean[],
  besides: readonly number[] = [],
): number {
  const has = (each: number) => there[each] === true || besides.includes(each);
  for (const { indexes, saving } of atoms) if (indexes.every(has)) return saving;
  return 0;
}

/** Σ weight · cost + writes. */
export function costOf(problem: Indexed, there: readonly boolean[]): number {
  const saved = problem.atoms.reduce((sum, atoms) => sum + savingOf(atoms, there), 0);
  const writes = there.reduce((sum, is, i) => sum + (is ? (problem.writeCost[i] ?? 0) : 0), 0);
  return problem.baseCost - saved + writes;
}

export function isAllowed(
  { bytes, budgetBytes, tables, room }: Indexed,
  there: readonly boolean[],
) {
  let used = 0;
  const counts = room.map(() => 0);
  for (const [i, is] of there.entries()) {
    if (!is) continue;
    used += bytes[i] ?? 0;
    const table = tables[i] ?? 0;
    counts[table] = (counts[table] ?? 0) + 1;
  }
  return used <= budgetBytes && counts.every((count, table) => count <= (room[table] ?? 0));
}

/**
 * No allowed set is cheaper: each index is given its share of the most that any atom with it saves,
 * of each statement, and as many of them are taken as the budget holds, the last one in part.
 */
export function simpleBound(problem: Indexed): number {
  const most = problem.atoms.reduce((sum, [best]) => sum + (best?.saving ?? 0), 0);
  const shares = problem.ids.map(() => 0);
  for (const atoms of problem.atoms) {
    const best = new Map<number, number>();
    for (const { indexes, saving } of atoms)
      for (const each of indexes)
        best.set(each, Math.max(best.get(each) ?? 0, saving / indexes.length));
    for (const [each, share] of best) shares[each] = (shares[each] ?? 0) + share;
  }
  const gains = problem.ids.map((_, i) => ({
    gain: (shares[i] ?? 0) - (problem.pinned[i] ? 0 : (problem.writeCost[i] ?? 0)),
    bytes: problem.bytes[i] ?? 0,
  }));
  const writes = problem.ids.reduce(
    (sum, _, i) => sum + (problem.pinned[i] ? (problem.writeCost[i] ?? 0) : 0),
    0,
  );
  const worth = gains.filter(({ gain }) => gain > 0);
  let [left, taken] = [problem.budgetBytes, 0];
  for (const { gain, bytes } of worth.toSorted((a, b) => b.gain * a.bytes - a.gain * b.bytes)) {
    const part = bytes <= left ? 1 : Math.max(0, left) / bytes;
    taken += gain * part;
    left -= bytes;
    if (part < 1) break;
  }
  return problem.baseCost + writes - Math.min(most, taken);
}
