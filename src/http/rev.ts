/** A revision of the fleet's table, with the process whose table that is. */
export const revOf = (boot: string, rev: number): string => `${boot}-${rev}`;

/** Undefined: of another process, or none of ours. */
export function readRev(boot: string, text: string): number | undefined {
  const rev = text.startsWith(`${boot}-`) ? text.slice(boot.length + 1) : '';
  return /^\d{1,15}$/.test(rev) ? Number(rev) : undefined;
}
