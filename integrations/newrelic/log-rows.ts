import { attribute, inOrder, type PackedPlan } from '../shell/packed-plans.ts';

/**
 * Log records of New Relic → packed plans. Of an attribute it keeps 4,094 characters as text and
 * the next 128,000 bytes as a blob, which a query gives as base64 and for at most 20 rows.
 */
export const mostRows = 20;
const blob = `newrelic.ext.${attribute}`;

const columns = [
  'timestamp',
  'db.query.summary',
  'db.namespace',
  'db.query.plan.hash',
  attribute,
] as const;

/** NRQL for the newest plans; `where` is a condition of whoever configures it, with AND before. */
export function planQuery(where: string | undefined): string {
  const also = where?.trim() ? ` AND (${where.trim()})` : '';
  return (
    `SELECT ${columns.map((name) => `\`${name}\``).join(', ')}, blob(\`${blob}\`) FROM Log ` +
    `WHERE \`${attribute}\` IS NOT NULL${also} LIMIT ${mostRows}`
  );
}

/** What NrqlQuery gives for a list of attributes in its raw format. */
export interface RawResult {
  results?: readonly { events?: readonly Record<string, unknown>[] }[];
}

export function plansOf({ results = [] }: RawResult): PackedPlan[] {
  const rows = results.flatMap(({ events = [] }) => events);
  return inOrder(
    rows.flatMap((row): PackedPlan[] => {
      const start = row[attribute];
      if (typeof start !== 'string') return [];
      const { timestamp } = row;
      return [
        {
          packed: start + restOf(row[blob]),
          at: typeof timestamp === 'number' ? timestamp : undefined,
          title: [row['db.namespace'], row['db.query.summary'] ?? row['db.query.plan.hash']]
            .filter((each) => typeof each === 'string')
            .join(' · '),
        },
      ];
    }),
  );
}

/** A blob that is no base64 is left out: what is read then says that the plan was cut. */
function restOf(rest: unknown): string {
  if (typeof rest !== 'string' || rest === '') return '';
  return /^[\w+/]+=*$/.test(rest) ? atob(rest) : '';
}
