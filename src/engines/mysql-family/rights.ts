import type { Connection } from './connection.ts';
import type { TableName } from './facts/catalog-sql.ts';

/**
 * Rights granted to the account itself, and whether there are roles beside it, of which
 * information_schema says nothing: then the server says what may not be done.
 */
const byRole = 'whatever its roles have';
const rightsSql = `
SELECT '' AS table_schema, '' AS table_name, PRIVILEGE_TYPE AS privilege
FROM information_schema.USER_PRIVILEGES
UNION ALL SELECT TABLE_SCHEMA, '', PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
UNION ALL SELECT TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES
UNION ALL SELECT '', '', '${byRole}' FROM DUAL WHERE CURRENT_ROLE() <> 'NONE'`;

export interface Rights {
  /** `*.*` → privileges; `shop.*`; `shop.orders`. */
  has(privilege: string, table: TableName): boolean;
}

export const rightsStatement = rightsSql;

export async function readRights(control: Connection, timeout_ms: number): Promise<Rights> {
  const rows = await control.query(rightsSql, timeout_ms);
  const granted = rows.map((row) => ({
    schema: row['table_schema'] ?? '',
    table: row['table_name'] ?? '',
    privilege: row['privilege'] ?? '',
  }));
  return {
    has: (privilege, { schema, name }) =>
      granted.some(
        (each) =>
          each.privilege === byRole ||
          (each.privilege === privilege &&
            (each.schema === '' ||
              (matches(each.schema, schema) && (each.table === '' || each.table === name)))),
      ),
  };
}

/** Names of databases in grants may hold wildcards. */
function matches(pattern: string, schema: string): boolean {
  if (pattern === schema) return true;
  const source = pattern.replaceAll(
    /\\([%_])|[%_]|[^%_\\]+/g,
    (part, escaped: string | undefined) =>
      escaped
        ? escaped
        : part === '%'
          ? '.*'
          : part === '_'
            ? '.'
            : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source}$`).test(schema);
}
