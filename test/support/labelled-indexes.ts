/**
 * A catalog of some hundred indexes of every kind, each made to be what its label says: SQL for a
 * real server, and which of them another covers, which have to stay, and which are free to go where
 * nobody reads them.
 */
export interface LabelledIndexes {
  sql: string;
  /** Of each pair of those that are alike, one is enough. */
  redundant: ReadonlySet<string>;
  alike: readonly (readonly [string, string])[];
  /** Nobody reads these, and they must stay all the same. */
  kept: ReadonlySet<string>;
  /** Only these may be called unused, where no server reads them. */
  free: ReadonlySet<string>;
  /** Reads of some of the free ones, and of what is not free. */
  reads: readonly { index: string; sql: string }[];
}

const columns = 'ABCDEFGHIJKLMNOPQRSTU'.toLowerCase().split('');

export function labelledIndexes(tables: number): LabelledIndexes {
  const sql: string[] = ['CREATE TABLE city (id int PRIMARY KEY)'];
  const made = {
    redundant: new Set<string>(),
    kept: new Set<string>(),
    free: new Set<string>(),
    alike: [] as [string, string][],
    reads: [] as { index: string; sql: string }[],
  };
  for (let at = 0; at < tables; at += 1) sql.push(...tableOf(at, made));
  return { sql: sql.join(';\n'), ...made };
}

type Made = { [K in keyof Omit<LabelledIndexes, 'sql'>]: Mutable<LabelledIndexes[K]> };
type Mutable<T> =
  T extends ReadonlySet<infer E> ? Set<E> : T extends readonly (infer E)[] ? E[] : never;

/** The last one is unique. */
const values = columns.map((column, i) => (column === 'u' ? 'g' : `g % ${i + 50}`));

function tableOf(at: number, made: Made): string[] {
  const t = `t${at}`;
  const sql = [
    `CREATE TABLE ${t} (id int PRIMARY KEY, ${columns.map((c) => `${c} int`).join(', ')}, ` +
      `w text, x text, city int REFERENCES city, doc jsonb, must int NOT NULL, UNIQUE (u))`,
    `INSERT INTO ${t} SELECT g, ${values.join(', ')}, ` +
      "'w' || g, 'x' || g, NULL, '{}', g FROM generate_series(1, 2000) g",
  ];
  const index = (label: keyof Made | undefined, name: string, what: string, unique = '') => {
    const full = `${t}_${name}`;
    sql.push(`CREATE ${unique} INDEX ${full} ON ${t} ${what}`);
    if (label === 'redundant' || label === 'kept' || label === 'free') made[label].add(full);
    return full;
  };
  const free = (name: string, what: string, read: string) => {
    const full = index('free', name, what);
    made.reads.push({ index: full, sql: `SELECT id FROM ${t} WHERE ${read}` });
  };
  // One that does more, and what it does.
  index(undefined, 'wide', '(a, b DESC, c)');
  index('redundant', 'prefix', '(a)');
  index('redundant', 'prefix_desc', '(a, b DESC)');
  index('kept', 'prefix_other_order', '(a, b)');
  index('kept', 'prefix_unique', '(a, id)', 'UNIQUE');
  index('kept', 'prefix_hash', 'USING hash (a)');
  made.reads.push({ index: `${t}_prefix_hash`, sql: `SELECT id FROM ${t} WHERE a = 3` });
  index(undefined, 'include', '(d) INCLUDE (e, f)');
  index('redundant', 'included', '(d) INCLUDE (f)');
  made.alike.push([index(undefined, 'twin', '(g)'), index(undefined, 'twin_again', '(g)')]);
  index(undefined, 'lower_wide', '(lower(w), x)');
  index('redundant', 'lower', '(lower(w))');
  index(undefined, 'some_wide', '(h, i) WHERE j > 3');
  index('redundant', 'some', '(h) WHERE j > 3');
  // Of other rows, class, collation, place of NULL: each does what no other does.
  free('some_other', '(h) WHERE j > 40', 'h = 5 AND j > 40');
  free('pattern', '(x text_pattern_ops)', "x LIKE 'x17%'");
  free('collated', '(x COLLATE "C")', `x COLLATE "C" = 'x17'`);
  free('descending', '(k DESC NULLS LAST)', 'k = 7');
  free('brin', 'USING brin (id)', 'id < 0');
  free('hash', 'USING hash (l)', 'l = 3');
  free('gin', 'USING gin (doc)', `doc @> '{"a": 1}'`);
  free('expression', '((m + 1))', 'm + 1 = 5');
  free('plain', '(n)', 'n = 5');
  free('pair', '(o, p)', 'o = 5 AND p = 5');
  free('with', '(q) INCLUDE (r)', 'q = 5');
  // Nobody reads these, and each is there for something else.
  index('kept', 'unique', '(u, id)', 'UNIQUE');
  index('kept', 'serves', '(city)');
  index('kept', 'identity', '(must)', 'UNIQUE');
  index('kept', 'clustered', '(s)');
  sql.push(
    `ALTER TABLE ${t} REPLICA IDENTITY USING INDEX ${t}_identity`,
    `ALTER TABLE ${t} CLUSTER ON ${t}_clustered`,
    `CREATE TABLE ${t}_parts (id int, at int) PARTITION BY RANGE (at)`,
    `CREATE TABLE ${t}_part PARTITION OF ${t}_parts FOR VALUES FROM (0) TO (9)`,
    `CREATE INDEX ${t}_root ON ${t}_parts (id)`,
  );
  made.kept.add(`${t}_root`).add(`${t}_part_id_idx`);
  return sql;
}
