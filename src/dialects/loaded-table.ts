/**
 * The table that rows are loaded into by a statement that no server plans: `COPY t FROM`, and
 * `LOAD DATA … INTO TABLE t` of MySQL and MariaDB. Pure.
 */
export function loadedTable(text: string): { schema?: string; name: string } | undefined {
  const found = copy.exec(text) ?? load.exec(text);
  const { schema, name } = found?.groups ?? {};
  if (name === undefined) return undefined;
  return { ...(schema === undefined ? {} : { schema: bare(schema) }), name: bare(name) };
}

const part = (group: string) => `(?<${group}>"(?:[^"]|"")+"|\`(?:[^\`]|\`\`)+\`|[\\p{L}\\d_$]+)`;
const table = `(?:${part('schema')}\\s*\\.\\s*)?${part('name')}`;
const copy = new RegExp(
  `^\\s*COPY\\s+(?:BINARY\\s+)?${table}\\s*(?:\\([^)]*\\)\\s*)?FROM\\b`,
  'iu',
);
const load = new RegExp(`^\\s*LOAD\\s+(?:DATA|XML)\\b[^;]*?\\bINTO\\s+TABLE\\s+${table}`, 'iu');

const bare = (name: string): string =>
  /^["`]/.test(name)
    ? name.slice(1, -1).replaceAll('""', '"').replaceAll('``', '`')
    : name.toLowerCase();
