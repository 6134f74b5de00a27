/**
 * Distinct statements that plan quickly, as most of production’s do: every subset of a few
 * conditions is one. At most 2 ** 9.
 */
const conditions = [
  'b > $2',
  'id > 5',
  'c IS NOT NULL',
  'a < 90',
  'b <> 7',
  'id < 9000',
  'length(c) > 0',
  'a + b > 1',
  "c > 'a'",
];

export const textsOver = (table: string, count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) =>
      `SELECT id, c FROM ${table} WHERE a = $1 AND $2::int > 0 ${conditions
        .filter((_, bit) => i & (1 << bit))
        .map((condition) => `AND ${condition}`)
        .join(' ')} ORDER BY id LIMIT 5`,
  );

/** The table that they read, and who may read it. */
export const createTable = (table: string): string =>
  `CREATE TABLE ${table} (id int PRIMARY KEY, a int, b int, c text); ` +
  `INSERT INTO ${table} SELECT g, g % 100, g % 1000, g::text FROM generate_series(1, 10000) g; ` +
  `CREATE INDEX ON ${table} (a); CREATE INDEX ON ${table} (b); ` +
  `ANALYZE ${table}; GRANT SELECT ON ${table} TO dbintel`;
