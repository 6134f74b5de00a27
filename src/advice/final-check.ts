/**
 * The chosen set as a whole, planned once more: the problem is only as complete as the pairs that
 * were asked about. What no plan uses goes; where a statement is dearer than it is now, what its
 * plan uses goes, too. Until nothing does.
 */
export interface WholePlan {
  statement: string;
  before: number;
  after: number;
  /** Ids of candidates that its plan with the whole set uses. */
  uses: readonly string[];
}

export type FinalCheck =
  | { kind: 'accepted'; chosen: string[]; dropped: Dropped[] }
  /** Plan again, with these. */
  | { kind: 'again'; chosen: string[]; dropped: Dropped[] };

export interface Dropped {
  id: string;
  why: 'unused' | 'makes_worse';
  /** What it makes worse. */
  statement?: string;
}

/** What digits and statistics of a sample make of the same plan. */
const mostWorse = 1.05;

export function finalCheck(
  chosen: readonly string[],
  plans: readonly WholePlan[],
  dropped: readonly Dropped[] = [],
): FinalCheck {
  const used = new Set(plans.flatMap(({ uses }) => uses));
  const unused = chosen.filter((id) => !used.has(id));
  const harmful = new Map(
    plans
      .filter(({ before, after }) => after > before * mostWorse)
      .flatMap(({ statement, uses }) => uses.map((id) => [id, statement] as const)),
  );
  const left = chosen.filter((id) => used.has(id) && !harmful.has(id));
  const all: Dropped[] = [
    ...dropped,
    ...unused.map((id) => ({ id, why: 'unused' as const })),
    ...[...harmful]
      .filter(([id]) => chosen.includes(id))
      .map(([id, statement]) => ({ id, why: 'makes_worse' as const, statement })),
  ];
  // Without what no plan uses every plan is the same.
  return harmful.size === 0
    ? { kind: 'accepted', chosen: left, dropped: all }
    : { kind: 'again', chosen: left, dropped: all };
}
