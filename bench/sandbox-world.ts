import type { IndexDef } from '../src/model/index-def.ts';

/**
 * A dozen tables of a shop’s kind for the benchmark of copies: some values are most of a column,
 * most of another are NULL, and what an application asks is now of the many, now of the few.
 */
const sizes = [40, 20, 10, 30, 5, 2, 15, 25, 8, 1, 12, 35].map((thousands) => thousands * 1_000);
export const tables = sizes.length;
const most = Math.max(...sizes);

/** 0..1, the same for the same row everywhere. */
const chance = (salt: string) => `(CRC32(CONCAT(n, '${salt}')) / 4.294967296e9)`;

const tableSql = (size: number, i: number, scale: number): string => {
  const rows = Math.round(size * scale);
  return `
CREATE TABLE t${i} (id int PRIMARY KEY, parent int NOT NULL, kind int NOT NULL,
  state varchar(8) NOT NULL, at datetime NOT NULL, amount int NOT NULL, email varchar(60) NOT NULL,
  rare int, note varchar(120) NOT NULL, KEY t${i}_state (state));
INSERT INTO t${i} SELECT n, FLOOR(POW(${chance('p')}, 2) * ${rows}),
  FLOOR(40 * POW(${chance('k')}, ${2 + (i % 3)})),
  ELT(1 + FLOOR(4 * POW(${chance('s')}, 3)), 'done', 'paid', 'sent', 'open'),
  '2026-01-01' + INTERVAL n MINUTE, FLOOR(10000 * ${chance('a')}),
  CONCAT('user', n, '@example.org'), IF(n % 50 = 0, n, NULL), REPEAT('n', 80)
  FROM numbers WHERE n <= ${rows};
ANALYZE TABLE t${i};`;
};

export const worldSql = (scale: number): string => `
CREATE TABLE digits (d int PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE numbers (n int PRIMARY KEY);
INSERT INTO numbers SELECT n FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d
  AS n FROM digits a, digits b, digits c, digits e, digits f) x WHERE n <= ${most};
${sizes.map((size, i) => tableSql(size, i, scale)).join('\n')}`;

/** Six of each table; a third of them join the next one. */
export const statements: readonly string[] = sizes.flatMap((size, i) => {
  const [t, next, few] = [`t${i}`, `t${(i + 1) % tables}`, i % 2 === 0];
  const day = (share: number) =>
    new Date(Date.UTC(2026, 0, 1) + size * share * 60_000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
  const all = [
    `SELECT id, amount FROM ${t} WHERE parent = ${few ? Math.floor(size / 2) : 0}`,
    `SELECT id FROM ${t} WHERE kind = ${few ? 30 : 0} AND at > '${day(0.5)}' ORDER BY at LIMIT 20`,
    `SELECT COUNT(*), SUM(amount) FROM ${t} WHERE at >= '${day(0.9)}' AND at < '${day(0.95)}'`,
    `SELECT id FROM ${t} WHERE email = 'user${Math.floor(size / 3)}@example.org'`,
    `SELECT kind, MAX(amount) FROM ${t} WHERE state = '${few ? 'open' : 'done'}' GROUP BY kind`,
    `SELECT id, note FROM ${t} WHERE rare = ${Math.floor(size / 100) * 50}`,
    `SELECT id FROM ${t} WHERE amount BETWEEN 10 AND ${few ? 15 : 4000} ORDER BY amount`,
    `SELECT id FROM ${t} WHERE email LIKE 'user${few ? '123' : '1'}%'`,
  ];
  const joined = [
    `SELECT a.id, b.amount FROM ${t} a JOIN ${next} b ON b.parent = a.id ` +
      `WHERE a.kind = ${few ? 25 : 1} AND b.state = 'paid' ORDER BY b.at DESC LIMIT 10`,
    `SELECT b.kind, SUM(a.amount) FROM ${t} a JOIN ${next} b ON b.id = a.parent ` +
      `WHERE b.at > '${day(few ? 0.9 : 0.2)}' GROUP BY b.kind`,
    `SELECT a.id FROM ${t} a WHERE a.amount > 9900 AND EXISTS (SELECT 1 FROM ${next} b ` +
      `WHERE b.parent = a.id AND b.kind = ${few ? 20 : 0})`,
  ];
  const turned = <T>(list: readonly T[], count: number): T[] =>
    Array.from({ length: count }, (_, j) => list[(i + j) % list.length] as T);
  return [...turned(all, 4), ...turned(joined, 2)];
});

const on = (table: number, ...columns: string[]): { name: string; index: IndexDef } => ({
  name: `made_${table}_${columns.join('_')}`,
  index: {
    schema: 'shop',
    table: `t${table}`,
    method: 'btree',
    keys: columns.map((column) => ({ column })),
  },
});

/** Of each table, all at once: as advice would have them. */
const ofTable: Record<string, readonly string[][]> = {
  'one column': [['parent'], ['at'], ['amount']],
  'others, one column': [['kind'], ['email'], ['rare']],
  'two columns': [
    ['kind', 'at'],
    ['state', 'amount'],
    ['parent', 'kind'],
  ],
  covering: [
    ['at', 'amount'],
    ['state', 'kind', 'amount'],
    ['parent', 'state', 'at', 'amount'],
  ],
};

export const indexSets = Object.entries(ofTable).map(([name, sets]) => ({
  name,
  indexes: sizes.flatMap((_, i) => sets.map((columns) => on(i, ...columns))),
}));
