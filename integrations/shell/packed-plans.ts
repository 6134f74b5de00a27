/**
 * Packed plans in what a host has read from its logs: the attribute itself, or a line or a record
 * that holds it. Newest first, each once. Pure.
 */
export interface PackedPlan {
  packed: string;
  /** Milliseconds since the epoch; absent where the host does not say. */
  at?: number | undefined;
  /** What to tell it by: the statement's summary, its database. */
  title: string;
}

/** As `db.query.plan.packed` has it, and as stores that know no dots spell it. */
export const attribute = 'db.query.plan.packed';

const pattern = /\bv1\.[\w-]{16,}/;

/** The packed plan in a text, or in a record of texts. */
export function packedIn(value: unknown): string | undefined {
  if (typeof value === 'string') return pattern.exec(value)?.[0];
  if (typeof value !== 'object' || value === null) return undefined;
  for (const each of Object.values(value)) {
    const found = typeof each === 'string' ? pattern.exec(each)?.[0] : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** More nobody looks through in a list. */
const mostPlans = 100;

export function inOrder(plans: readonly PackedPlan[]): PackedPlan[] {
  const byText = new Map<string, PackedPlan>();
  for (const plan of plans) {
    const known = byText.get(plan.packed);
    if (!known || (known.at ?? 0) < (plan.at ?? 0)) byText.set(plan.packed, plan);
  }
  return [...byText.values()].toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)).slice(0, mostPlans);
}

/** `27 Nov, 14:02:11 · SELECT … FROM orders`. */
export function labelOf({ at, title }: PackedPlan): string {
  const when =
    at === undefined
      ? ''
      : new Date(at).toLocaleString('en-GB', {
          day: 'numeric',
          month: 'short',
          hour: '2-digit',
          minute: '2-digit',
          second: '2-digit',
        });
  return [when, title].filter(Boolean).join(' · ');
}
