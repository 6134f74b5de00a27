/** Walking libpg-query's syntax tree without recursion: a text of 20,000 terms nests as deep. */
export type AstNode = Record<string, unknown>;

/** A `{ Kind: { … } }` node. */
export interface Kinded {
  kind: string;
  node: AstNode;
}

/** Every node at and below `root`, parents first, in the order of the text. */
export function nodesOf(root: unknown): Kinded[] {
  const nodes: Kinded[] = [];
  const stack: unknown[] = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const below = stack.length;
    const object = next as AstNode;
    // `for … in` would be compiled anew for every kind of node that comes
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === null || typeof value !== 'object') continue;
      if (isKind(key) && !Array.isArray(value)) nodes.push({ kind: key, node: value as AstNode });
      stack.push(value);
    }
    turn(stack, below);
  }
  return nodes;
}

/** A field begins with a small letter, an index with a digit. */
export const isKind = (key: string): boolean => {
  const first = key.charCodeAt(0);
  return first >= 65 && first <= 90;
};

/** What was pushed last is popped first: from `from` on, the other way round. */
export function turn(stack: unknown[], from: number): void {
  for (let low = from, high = stack.length - 1; low < high; low += 1, high -= 1)
    [stack[low], stack[high]] = [stack[high], stack[low]];
}

/**
 * `[{String:{sval:'pg_catalog'}},{String:{sval:'extract'}}]` → `['pg_catalog', 'extract']`; a star
 * is `*`.
 */
export function nameParts(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((part: AstNode) => {
    if ('A_Star' in part) return '*';
    return String((part['String'] as AstNode | undefined)?.['sval'] ?? '');
  });
}

/** The parser counts bytes, JavaScript UTF-16 units. */
export function characterOffsets(text: string): (byte: number) => number {
  if (!/[\u0080-\uffff]/.test(text)) return (byte) => byte;
  const map = new Map<number, number>();
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    map.set(bytes, at);
    const point = text.codePointAt(at) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    at += point > 0xffff ? 2 : 1;
  }
  return (byte) => map.get(byte) ?? text.length;
}
