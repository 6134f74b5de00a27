import { inOrder, type PackedPlan, packedIn } from '../shell/packed-plans.ts';

/**
 * Frames of whatever data source → packed plans. Loki has them in structured metadata (where dots
 * are underscores) or in the line, others in a field of their own: every text of every row is
 * looked at, or those of the field that is named.
 */
export interface Frame {
  fields: readonly Field[];
}

export interface Field {
  name: string;
  type: string;
  values: readonly unknown[];
}

export function plansOf(frames: readonly Frame[], field?: string): PackedPlan[] {
  return inOrder(
    frames.flatMap(({ fields }) => {
      const times = fields.find(({ type }) => type === 'time')?.values ?? [];
      const looked = field ? fields.filter(({ name }) => name === field) : fields;
      const length = Math.max(0, ...fields.map(({ values }) => values.length));
      return Array.from({ length }, (_, row) => row).flatMap((row): PackedPlan[] => {
        const packed = looked
          .map(({ values }) => packedIn(values[row]))
          .find((each) => each !== undefined);
        if (packed === undefined) return [];
        const at = Number(times[row]);
        return [{ packed, at: Number.isFinite(at) ? at : undefined, title: titleOf(fields, row) }];
      });
    }),
  );
}

const titles = ['db.query.summary', 'db_query_summary', 'db.query.plan.hash', 'db_query_plan_hash'];

/** The statement's summary, from a field of its own or among labels. */
function titleOf(fields: readonly Field[], row: number): string {
  const known = fields.flatMap(({ name, values }): [string, unknown][] => {
    const value = values[row];
    return typeof value === 'object' && value !== null ? Object.entries(value) : [[name, value]];
  });
  for (const wanted of titles) {
    const found = known.find(([name, value]) => name === wanted && typeof value === 'string');
    if (found) return String(found[1]);
  }
  return '';
}
