/** `shop*` matches `shop_eu`; `*` is any run of characters, everything else itself. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*');
  return new RegExp(`^${source}$`);
}

export interface Patterns {
  include: readonly string[];
  exclude: readonly string[];
}

/** Asked of every statement of a server, which has few databases: each name is looked at once. */
export function includedBy({ include, exclude }: Patterns): (name: string) => boolean {
  const [wanted, unwanted] = [include.map(toRegExp), exclude.map(toRegExp)];
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const included =
      wanted.some((pattern) => pattern.test(name)) &&
      !unwanted.some((pattern) => pattern.test(name));
    known.set(name, included);
    return included;
  };
}
