/**
 * What catalogs are asked is sent in each cycle, to be read by a server: without the indentation
 * that it has here.
 */
export const catalogSql = (text: string): string => text.replaceAll(/\n\s+/g, '\n').trim();
