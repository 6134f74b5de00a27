/**
 * One page of a list that is in no order, in one pass: at no time are there more than `limit` + 1
 * labels in order, so that ten thousand targets take a few milliseconds of the loop. Pure.
 */
export function pageByLabel<T>(
  all: Iterable<T>,
  labelOf: (item: T) => string,
  after: string | undefined,
  limit: number,
): { page: T[]; more: boolean } {
  const found: { label: string; item: T }[] = [];
  for (const item of all) {
    const label = labelOf(item);
    if (after !== undefined && label <= after) continue;
    if (found.length > limit && label >= (found[limit]?.label ?? '')) continue;
    found.splice(placeOf(found, label), 0, { label, item });
    if (found.length > limit + 1) found.pop();
  }
  return { page: found.slice(0, limit).map(({ item }) => item), more: found.length > limit };
}

function placeOf(ordered: readonly { label: string }[], label: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle]?.label ?? '') < label) low = middle + 1;
    else high = middle;
  }
  return low;
}
