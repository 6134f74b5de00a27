import type { PGlite } from '@electric-sql/pglite';

/**
 * From 18 on the planner goes through a B-tree by columns that no equality is on, one value of them
 * after the other; up to 17 what stands behind such a column filtered what was read, and no more.
 * The one that we have is of 18 and has no switch for it, but does not do it by a column whose
 * number of values it does not know. Which columns those are its plan tells.
 */
interface Node {
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: Node[];
}

export interface IndexCondition {
  index: string;
  condition: string;
}

export function indexConditions(json: string): IndexCondition[] {
  const found: IndexCondition[] = [];
  const waiting = [(JSON.parse(json) as [{ Plan: Node }])[0].Plan];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    waiting.push(...(node.Plans ?? []));
    const { 'Index Name': index, 'Index Cond': condition } = node;
    if (index !== undefined && condition !== undefined) found.push({ index, condition });
  }
  return found;
}

/** Places from 1: keys without an equality that have a condition behind them. */
export function skippedKeys(condition: string, keys: readonly (string | null)[]): number[] {
  const uses = keys.map((key) => (key === null ? 'equal' : useOf(condition, key)));
  const last = uses.findLastIndex((use) => use !== 'none');
  return uses.slice(0, Math.max(0, last)).flatMap((use, i) => (use === 'equal' ? [] : [i + 1]));
}

/** The server writes a column bare or quoted, and on the left of what it is compared with. */
function useOf(condition: string, key: string): 'equal' | 'other' | 'none' {
  const name = key.replaceAll('"', '""').replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const word = String.raw`(?<![\w$])"?${name}"?(?![\w$])`;
  const equal = new RegExp(String.raw`${word}\)?(?:::[\w ."()]+?)?\)? (?:=|IS NULL)(?: |\))`);
  if (equal.test(condition)) return 'equal';
  return new RegExp(word).test(condition) ? 'other' : 'none';
}

const keysSql = `
SELECT c.relname AS index, array_agg(CASE WHEN k.attnum > 0 THEN a.attname::text END
  ORDER BY k.place) AS keys
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_am m ON m.oid = c.relam
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
WHERE c.relname = ANY ($1::text[]) AND m.amname = 'btree' AND k.place <= i.indnkeyatts
GROUP BY c.oid, c.relname`;

const forgetSql = `
UPDATE pg_statistic s SET stadistinct = 0
FROM jsonb_to_recordset($1::jsonb) f (index text, place int)
  JOIN pg_class c ON c.relname = f.index JOIN pg_index i ON i.indexrelid = c.oid
WHERE s.starelid = i.indrelid AND s.staattnum = (i.indkey::int2[])[f.place - 1]`;

/**
 * Within a transaction that is rolled back: plans until no index is gone through that way.
 * `explain`: the plan as JSON.
 */
export async function withoutSkips(pg: PGlite, explain: () => Promise<string>): Promise<string> {
  const known = new Set<string>();
  for (;;) {
    const json = await explain();
    const conditions = indexConditions(json);
    if (conditions.length === 0) return json;
    const names = conditions.map(({ index }) => index);
    const { rows } = await pg.query<{ index: string; keys: (string | null)[] }>(keysSql, [names]);
    const skipped = rows.flatMap(({ index, keys }) =>
      conditions
        .filter((each) => each.index === index)
        .flatMap(({ condition }) => skippedKeys(condition, keys))
        .map((place) => ({ index, place })),
    );
    const fresh = skipped.filter(({ index, place }) => !known.has(`${place} ${index}`));
    if (fresh.length === 0) return json;
    for (const { index, place } of fresh) known.add(`${place} ${index}`);
    await pg.query(forgetSql, [JSON.stringify(fresh)]);
  }
}
