import { quote } from '../../dialects/mysql-family/sql.ts';

/**
 * Values in our own statements, written so that no sql_mode of the server can read them otherwise.
 */
export const sqlText = (value: string): string =>
  value === '' ? "''" : `_utf8mb4 x'${Buffer.from(value, 'utf8').toString('hex')}'`;

/** One statement a database: what planning a SELECT needs. */
export const readGrants = (schemas: readonly string[], to: string): string =>
  schemas.map((schema) => `GRANT SELECT, SHOW VIEW ON ${quote(schema)}.* TO ${to};`).join('\n');
