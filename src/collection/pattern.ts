/** `shop*` matches `shop_eu`; `*` is any run of characters, everything else itself. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`).test(name);
}

export const isIncluded = (name: string, { include, exclude }: { include: readonly string[]; exclude: readonly string[] }): boolean =>
  include.some((pattern) => matchesPattern(name, pattern)) && !exclude.some((pattern) => matchesPattern(name, pattern));
