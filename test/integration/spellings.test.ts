import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAnyPlan, readPlanText } from '../../src/dialects/read-any.ts';
import type { Resolve } from '../../src/dialects/reading.ts';
import type { Plan, PlanNode } from '../../src/model/plan.ts';
import { preorder } from '../../src/model/plan.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { statementsFor, worldSql } from '../support/mysql-statements.ts';
import { ordinarySchema, ordinaryStatements } from '../support/ordinary-statements.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/**
 * One plan in each of the four formats of a real server, and in the frames in which people have
 * it, is one plan: its hash, its nodes and their estimates.
 */
const formats = ['JSON', 'TEXT', 'YAML', 'XML'] as const;
type Format = (typeof formats)[number];
const optionsOf = [
  'VERBOSE',
  'VERBOSE, ANALYZE, BUFFERS, SETTINGS',
  'VERBOSE, ANALYZE, TIMING OFF',
];

describe.each(['14', '18'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql(ordinarySchema);
    await server.sql('ANALYZE');
  });
  afterAll(() => server.stop());

  it('prints one plan in four ways', async () => {
    const client = await server.client();
    const explain = async (format: Format, options: string, sql: string, values: unknown[]) => {
      await client.query('BEGIN');
      const { rows } = await client
        .query(`EXPLAIN (FORMAT ${format}, ${options}) ${sql}`, values)
        .finally(() => client.query('ROLLBACK'));
      const lines = rows.map((row: Record<string, unknown>) => row['QUERY PLAN']);
      return format === 'JSON' ? JSON.stringify(lines[0]) : lines.join('\n');
    };
    let compared = 0;
    const statements = ordinaryStatements(version).filter(({ sql, code }) => !code && plain(sql));
    for (const [i, { sql, values = [] }] of statements.entries()) {
      const options = optionsOf[i % optionsOf.length] ?? '';
      const texts: Partial<Record<Format, string>> = {};
      for (const format of formats) texts[format] = await explain(format, options, sql, values);
      const wanted = described(readAnyPlan(texts.JSON ?? ''));
      for (const format of formats)
        expect(readPlanText(texts[format] ?? '').remarks, `${format}: ${sql}`).toEqual([]);
      for (const format of formats)
        for (const frame of frames)
          expect(described(readAnyPlan(frame(texts[format] ?? ''))), `${format}: ${sql}`).toEqual(
            wanted,
          );
      compared += 1;
    }
    await client.end();
    expect(compared).toBeGreaterThan(200);
  });
});

describe('MySQL 9', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product: 'mysql-9' });
    await server.sql('CREATE DATABASE world;');
    await server.sql(worldSql('mysql'), 'world');
  });
  afterAll(() => server.stop());

  it('prints one plan as a tree and as JSON', async () => {
    const client = await server.client('world');
    await client.query('SET explain_json_format_version = 2');
    const explain = async (format: 'JSON' | 'TREE', sql: string): Promise<string> => {
      const [[row]] = (await client.query(`EXPLAIN FORMAT=${format} ${sql}`)) as unknown as [
        [Record<string, string>],
      ];
      return Object.values(row)[0] ?? '';
    };
    let compared = 0;
    for (const { sql } of statementsFor('mysql')) {
      const [json, tree] = [await explain('JSON', sql), await explain('TREE', sql)];
      // The tree of a skip scan does not name the columns that it skips over.
      if (/<not executable|skip scan/.test(tree)) continue;
      const wanted = readAnyPlan(json);
      for (const text of [json, tree]) expect(readPlanText(text).remarks, text).toEqual([]);
      const resolve = byAlias(wanted);
      for (const text of [tree, boxed(tree), `*** 1. row ***\nEXPLAIN: ${tree}\n1 row in set\n`])
        expect(readAnyPlan(text, undefined, 0, resolve).hash, tree).toEqual(wanted.hash);
      compared += 1;
    }
    await client.end();
    expect(compared).toBeGreaterThan(200);
  });
});

describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product });
    await server.sql('CREATE DATABASE world;');
    await server.sql(worldSql(server.engine), 'world');
  });
  afterAll(() => server.stop());

  it('prints in a table the tables of the plan', async () => {
    const client = await server.client('world');
    // The second tells what runs, and not the tables that were read while it was planned.
    if (server.engine === 'mysql') await client.query('SET explain_json_format_version = 1');
    const form = server.engine === 'mysql' ? 'FORMAT=TRADITIONAL' : '';
    let compared = 0;
    for (const { sql } of statementsFor(server.engine)) {
      const [rows] = (await client.query(`EXPLAIN ${form} ${sql}`)) as unknown as [
        Record<string, unknown>[],
      ];
      const [[json]] = (await client.query(`EXPLAIN FORMAT=JSON ${sql}`)) as unknown as [
        [Record<string, string>],
      ];
      // Row id filters, and rows kept while they are changed, have no row of their own.
      if (JSON.stringify(rows).match(/rowid filter|Using buffer/)) continue;
      const table = readAnyPlan(printed(rows));
      expect(table).toMatchObject({ engine: server.engine, lossiness: ['no_costs'] });
      const known = readPlanText(Object.values(json)[0] ?? '', server.engine);
      expect(known.remarks, sql).toEqual([]);
      expect(tablesOf(table), sql).toEqual(tablesOf(known.plan));
      compared += 1;
    }
    await client.end();
    expect(compared).toBeGreaterThan(200);
  });
});

/** Each once: a row does not say that what is read is changed, too. */
const tablesOf = ({ root }: Plan) =>
  new Set(
    preorder(root).flatMap(({ relation }) =>
      relation?.kind === 'table' ? [relation.alias ?? relation.name] : [],
    ),
  );

/** As the client does between tabs. */
function printed(rows: readonly Record<string, unknown>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => row[name] ?? 'NULL').join('\t'));
  return [names.join('\t'), ...lines].join('\n');
}

const boxed = (text: string) => `+---+\n| EXPLAIN |\n+---+\n| ${text} |\n+---+\n1 row in set\n`;

/** A tree names tables by their aliases, JSON by their names too. */
function byAlias({ root }: Plan): Resolve {
  const known = new Map(
    preorder(root).flatMap(({ relation }) =>
      relation?.kind === 'table' ? [[relation.alias ?? relation.name, relation] as const] : [],
    ),
  );
  return (alias) => {
    const found = known.get(alias);
    return found && { name: found.name, ...(found.schema ? { schema: found.schema } : {}) };
  };
}

/** Whose rows differ between two runs, or that stands for two statements, is not compared. */
const plain = (sql: string) =>
  /^\s*(?:select|with|insert|update|delete|merge|values)\b/i.test(sql) &&
  !/tablesample|random\(|nextval/i.test(sql);

const frames: ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replaceAll('\n', '\r\n'),
  (text) =>
    `  QUERY PLAN  \n--------------\n${text
      .split('\n')
      .map((line) => ` ${line}`)
      .join('\n')}\n(7 rows)\n`,
  (text) =>
    `2026-01-02 03:04:05.678 UTC [9] LOG:  duration: 1.234 ms  plan:\n${text
      .split('\n')
      .map((line) => `\t${line}`)
      .join('\n')}\n2026-01-02 03:04:06 UTC [9] LOG:  end\n`,
];

const described = ({ hash, mode, root }: Plan) => ({
  hash,
  mode,
  nodes: preorder(root).map(({ op, est, act, join, sort, index }: PlanNode) => ({
    op,
    est,
    rows: act?.rows,
    loops: act?.loops,
    join,
    sort,
    index,
  })),
});
