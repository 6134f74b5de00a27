/** Where a key leads from a row of a table, past lines of groups; undefined: nowhere. Pure. */
export function moveTo(
  key: string,
  from: number,
  count: number,
  page: number,
  isRow: (index: number) => boolean,
): number | undefined {
  const wanted = wantedOf(key, from, count, page);
  if (wanted === undefined || count === 0) return undefined;
  const near = clamp(wanted, count);
  const step = wanted < from || key === 'End' ? -1 : 1;
  return nearest(near, step, count, isRow) ?? nearest(near, -step, count, isRow);
}

function nearest(from: number, step: number, count: number, isRow: (index: number) => boolean) {
  for (let at = from; at >= 0 && at < count; at += step) if (isRow(at)) return at;
  return undefined;
}
const clamp = (index: number, count: number) => Math.max(0, Math.min(count - 1, index));

function wantedOf(key: string, from: number, count: number, page: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return from + 1;
    case 'ArrowUp':
      return from - 1;
    case 'PageDown':
      return from + page;
    case 'PageUp':
      return from - page;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
