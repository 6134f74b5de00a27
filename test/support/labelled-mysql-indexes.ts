/**
 * Indexes of MySQL and MariaDB of every kind, each made to be what its label says: of a table which
 * another covers, which have to stay, and which are free to go where nobody reads them.
 */
export interface LabelledMysqlIndexes {
  sql: string;
  /** What is covered, by which; of each pair of those that are alike one is enough. */
  redundant: ReadonlyMap<string, string>;
  alike: readonly (readonly [string, string])[];
  /** Nobody reads these, and they must stay, or nobody can say. */
  kept: ReadonlySet<string>;
  /** Only these may be called unused, where nobody reads them. */
  free: ReadonlySet<string>;
  /** Reads of the free ones, in as many ways as there are. */
  reads: readonly { index: string; sql: string }[];
  /** What only seems to read one: planning, writing, looking at all of it. */
  noReads: readonly string[];
}

export function labelledMysqlIndexes(
  tables: number,
  engine: 'mysql' | 'mariadb',
): LabelledMysqlIndexes {
  const sql = [
    'CREATE TABLE city (id int PRIMARY KEY)',
    'INSERT INTO city VALUES (1)',
    'CREATE TABLE digits (d int PRIMARY KEY)',
    'INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)',
  ];
  const made = {
    redundant: new Map<string, string>(),
    kept: new Set<string>(),
    free: new Set<string>(),
    alike: [] as [string, string][],
    reads: [] as { index: string; sql: string }[],
    noReads: [] as string[],
  };
  for (let at = 0; at < tables; at += 1) sql.push(...tableOf(`t${at}`, made, engine));
  return { sql: `${sql.join(';\n')};`, ...made };
}

type Made = {
  redundant: Map<string, string>;
  kept: Set<string>;
  free: Set<string>;
  alike: [string, string][];
  reads: { index: string; sql: string }[];
  noReads: string[];
};

const columns = 'abcdefghijklmnopqr'.split('');

function tableOf(t: string, made: Made, engine: 'mysql' | 'mariadb'): string[] {
  const sql = [
    `CREATE TABLE ${t} (id int PRIMARY KEY, ${columns.map((c) => `${c} int`).join(', ')}, ` +
      'w varchar(60) NOT NULL, x varchar(60) NOT NULL, body text NOT NULL, u int NOT NULL, ' +
      'city int, CONSTRAINT FOREIGN KEY (city) REFERENCES city (id))',
    `INSERT INTO ${t} SELECT n, ${columns.map((_, i) => `n % ${i + 50}`)}, ` +
      "concat('w', n), concat('x', n), concat('some words ', n), n, 1 FROM (SELECT a.d + 10 * " +
      'b.d + 100 * c.d + 1000 * e.d AS n FROM digits a, digits b, digits c, digits e ' +
      'WHERE e.d < 2) y',
  ];
  const index = (name: string, what: string, kind = '') => {
    const full = `${t}_${name}`;
    sql.push(`ALTER TABLE ${t} ADD ${kind} INDEX ${full} ${what}`);
    return full;
  };
  const keep = (...of: Parameters<typeof index>) => made.kept.add(index(...of));
  const free = (name: string, what: string, read: (full: string) => string) => {
    const full = index(name, what);
    made.free.add(full);
    made.reads.push({ index: full, sql: read(full) });
  };
  const covered = (by: string, ...of: Parameters<typeof index>) =>
    made.redundant.set(index(...of), by);
  const by = (full: string, columns = 'id') => `SELECT ${columns} FROM ${t} FORCE INDEX (${full})`;

  // A beginning of another; with the primary key behind it, which each has anyway.
  const wide = index('wide', '(a, b, c)');
  covered(wide, 'beginning', '(a, b)');
  covered(index('with_key', '(d, id)'), 'without_key', '(d)');
  made.alike.push([index('twin', '(e)'), index('twin_again', '(e)')]);
  covered(index('letters_wide', '(w(10), f)'), 'letters', '(w(10))');
  // Each keeps apart what no other does, serves a key, or is out of use.
  keep('unique_beginning', '(a, id)', 'UNIQUE');
  keep('unique_letters', '(x(30))', 'UNIQUE');
  keep('unique', '(u)', 'UNIQUE');
  keep('serves', '(city)');
  keep('hidden_wide', `(h, i) ${engine === 'mysql' ? 'INVISIBLE' : 'IGNORED'}`);
  // Each finds what no other finds as well: whether anybody looks for it their counters tell.
  free('fewer_letters', '(w(5))', (full) => `${by(full)} WHERE w LIKE 'w77%'`);
  free('more_letters', '(w(20))', (full) => `${by(full)} WHERE w = 'w77'`);
  free('all_letters', '(w, g)', (full) => `${by(full)} WHERE w = 'w77' AND g = 21`);
  free('other_order', '(a, c)', (full) => `${by(full)} WHERE a = 3 AND c = 3`);
  free('descending', '(a DESC)', (full) => `${by(full)} WHERE a = 3`);
  free('mixed', '(a, b DESC)', (full) => `${by(full)} WHERE a = 3 AND b = 3`);
  if (engine === 'mysql') free('expression', '((g + 1))', (full) => `${by(full)} WHERE g + 1 = 5`);
  free('beside_hidden', '(h)', (full) => `${by(full)} WHERE h = 5`);
  free('point', '(j)', (full) => `${by(full)} WHERE j = 5`);
  free('range', '(k)', (full) => `${by(full)} WHERE k > 55`);
  free('ordered', '(l)', (full) => `${by(full)} ORDER BY l LIMIT 1`);
  free('least', '(m)', (full) => `SELECT MIN(m) FROM ${t} FORCE INDEX (${full})`);
  free('grouped', '(n)', (full) => `${by(full, 'n, COUNT(*)')} GROUP BY n`);
  free('groups_only', '(o, p)', (full) => `${by(full, 'o, MIN(p)')} GROUP BY o`);
  const joined = `SELECT y.id FROM city c JOIN ${t} y FORCE INDEX`;
  free('joined', '(q)', (full) => `${joined} (${full}) ON y.q = c.id`);
  free('updated', '(r)', (full) => `UPDATE ${t} FORCE INDEX (${full}) SET g = g + 1 WHERE r = 5`);
  free('text', '(x)', (full) => `${by(full)} WHERE x LIKE 'x17%'`);
  free('pair', '(p, q, r)', (full) => `${by(full)} WHERE p = 5 AND q = 5`);
  // The servers do not count who looks for words. One that finds parts of words is no twin of the
  // other, and the catalog does not tell them apart.
  keep('words', '(body)', 'FULLTEXT');
  if (engine === 'mysql') keep('parts_of_words', '(body) WITH PARSER ngram', 'FULLTEXT');
  made.noReads.push(
    `EXPLAIN SELECT id FROM ${t} WHERE j = 5 AND k > 55 AND q = 3`,
    `INSERT INTO ${t} SELECT id + 5000, ${columns.join(', ')}, w, concat(x, '!'), body, ` +
      `u + 5000, city FROM ${t} WHERE id = 9`,
    `UPDATE ${t} SET j = j + 1, k = k + 1, m = m + 1, x = concat(x, '?') WHERE id = 11`,
    `DELETE FROM ${t} WHERE id = 12`,
    `ANALYZE TABLE ${t}`,
    `CHECK TABLE ${t}`,
    `DELETE FROM city WHERE id = 77`,
  );
  return sql;
}
