import type { Connection } from 'mysql2/promise';

/** Tables with their rows, and the views that stand on them, from one schema into another. */
export async function copySchema(
  client: Connection,
  from: string,
  to: string,
  wanted: readonly string[] | 'all',
): Promise<void> {
  const views = await viewsOf(client, from);
  const tables = await tablesOf(client, from);
  const needed =
    wanted === 'all' ? tables : tables.filter((table) => isNeeded(table, wanted, views));
  await client.query(`CREATE DATABASE \`${to}\``);
  await client.query('SET SESSION foreign_key_checks = 0');
  for (const table of needed) await copyTable(client, from, to, table);
  for (const { name, definition } of views)
    if (tables.every((table) => needed.includes(table) || !mentions(definition, table))) {
      const own = definition.replaceAll(`\`${from}\`.`, `\`${to}\`.`);
      await client.query(`CREATE VIEW \`${to}\`.\`${name}\` AS ${own}`);
    }
  if (needed.length)
    await client.query(`ANALYZE TABLE ${needed.map((each) => `\`${to}\`.\`${each}\``).join(', ')}`);
}

interface View {
  name: string;
  definition: string;
}

const mentions = (definition: string, table: string) => definition.includes(`.\`${table}\``);
const isNeeded = (table: string, wanted: readonly string[], views: readonly View[]) =>
  wanted.includes(table) ||
  views.some(({ name, definition }) => wanted.includes(name) && mentions(definition, table));

async function rowsOf(client: Connection, sql: string, values: unknown[]) {
  const [rows] = await client.query(sql, values);
  return rows as Record<string, string>[];
}

const tablesOf = async (client: Connection, schema: string) =>
  (
    await rowsOf(
      client,
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'`,
      [schema],
    )
  ).map(({ name = '' }) => name);

const viewsOf = async (client: Connection, schema: string) =>
  (await rowsOf(
    client,
    `SELECT TABLE_NAME AS name, VIEW_DEFINITION AS definition FROM information_schema.VIEWS
     WHERE TABLE_SCHEMA = ?`,
    [schema],
  )) as unknown as View[];

async function copyTable(
  client: Connection,
  from: string,
  to: string,
  table: string,
): Promise<void> {
  const columns = await rowsOf(
    client,
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COALESCE(GENERATION_EXPRESSION, '') = ''
     ORDER BY ORDINAL_POSITION`,
    [from, table],
  );
  const names = columns.map(({ name }) => `\`${name}\``).join(', ');
  await client.query(`CREATE TABLE \`${to}\`.\`${table}\` LIKE \`${from}\`.\`${table}\``);
  await client.query(
    `INSERT INTO \`${to}\`.\`${table}\` (${names}) SELECT ${names} FROM \`${from}\`.\`${table}\``,
  );
  for (const { name, columns: own, other, others, rule } of await foreignKeys(client, from, table))
    await client.query(
      `ALTER TABLE \`${to}\`.\`${table}\` ADD CONSTRAINT \`${name}\` FOREIGN KEY (${own})
       REFERENCES \`${to}\`.\`${other}\` (${others}) ON DELETE ${rule}`,
    );
}

const foreignKeys = (client: Connection, schema: string, table: string) =>
  rowsOf(
    client,
    `SELECT k.CONSTRAINT_NAME AS name, r.REFERENCED_TABLE_NAME AS other, r.DELETE_RULE AS rule,
       GROUP_CONCAT(CONCAT('\`', k.COLUMN_NAME, '\`') ORDER BY k.ORDINAL_POSITION) AS columns,
       GROUP_CONCAT(CONCAT('\`', k.REFERENCED_COLUMN_NAME, '\`') ORDER BY k.ORDINAL_POSITION)
         AS others
     FROM information_schema.KEY_COLUMN_USAGE k
     JOIN information_schema.REFERENTIAL_CONSTRAINTS r
       ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
     WHERE k.TABLE_SCHEMA = ? AND k.TABLE_NAME = ? AND k.REFERENCED_TABLE_NAME IS NOT NULL
     GROUP BY 1, 2, 3`,
    [schema, table],
  );
