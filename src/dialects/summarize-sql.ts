/**
 * A line for a table: redacted text, with long select lists and IN lists shortened, cut at `width`.
 */
export function summarizeSql(redacted: string, width: number): string {
  const short = redacted
    .replace(/\s+/g, ' ')
    .replace(/\(\s*(\$\d+|\?)(?:::\w+)?(?:\s*,\s*(?:\$\d+|\?)(?:::\w+)?){2,}\s*\)/g, '($1, …)')
    .replace(
      /^(select\s+(?:distinct\s+)?)(?=.{24,}?\sfrom\s)(?:(?!\sfrom\s)[^()]){20,}?(\sfrom\s)/i,
      '$1…$2',
    );
  return short.length <= width ? short : `${short.slice(0, width - 2).trimEnd()} …`;
}
