/**
 * Values in our own statements, written so that no sql_mode of the server can read them otherwise.
 */
export const sqlText = (value: string): string =>
  value === '' ? "''" : `_utf8mb4 x'${Buffer.from(value, 'utf8').toString('hex')}'`;
export const sqlName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
