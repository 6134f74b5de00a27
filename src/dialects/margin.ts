/**
 * What a mail, a comment, `kubectl logs --timestamps` or `docker compose logs` writes before each
 * line, taken off. Only where every line has it: else it is part of what was printed.
 */
const margins = [
  /^(?:> ?)+/,
  /^(?:--|\/\/|#)(?: |$)/,
  /^[A-Za-z][\w.-]* +\|(?: |$)/,
  /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?[A-Z]{1,5}\b| ?[+-]\d\d:?\d\d)?(?: \[\d+\])?(?: |$)/,
];
/** One may stand within another. */
const mostMargins = 3;

export function withoutMargins(text: string): string {
  let lines = text.split('\n');
  for (let i = 0; i < mostMargins; i += 1) {
    const margin = margins.find((each) => onEvery(lines, each));
    if (!margin) break;
    lines = lines.map((line) => line.replace(margin, ''));
  }
  return lines.join('\n');
}

function onEvery(lines: readonly string[], margin: RegExp): boolean {
  const written = lines.filter((line) => line.trim() !== '');
  return written.length > 1 && written.every((line) => margin.test(line));
}
