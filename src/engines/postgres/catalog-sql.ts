/**
 * What catalogs are asked is sent in each cycle, to be read by a server: without the indentation
 * that it has here. A quoted name may have some of its own, which stays.
 */
export const catalogSql = (text: string): string =>
  text.replaceAll(/(?<name>"[^"]*")|\n\s+/g, (_, name?: string) => name ?? '\n').trim();
