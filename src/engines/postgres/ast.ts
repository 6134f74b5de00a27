/** Walking libpg-query's syntax tree without recursion: a text of 20,000 terms nests as deep. */
export type AstNode = Record<string, unknown>;

/** Calls `visit` for every `{ Kind: { … } }` node with its kind and body, parents first. */
export function visitAst(root: unknown, visit: (kind: string, body: AstNode) => void): void {
  const stack: unknown[] = [root];
  while (stack.length) {
    const node = stack.pop();
    if (Array.isArray(node)) {
      for (let i = node.length - 1; i >= 0; i -= 1) stack.push(node[i]);
    } else if (node !== null && typeof node === 'object') {
      const entries = Object.entries(node);
      for (const [key, value] of entries) {
        if (
          /^[A-Z]/.test(key) &&
          value !== null &&
          typeof value === 'object' &&
          !Array.isArray(value)
        )
          visit(key, value as AstNode);
      }
      for (let i = entries.length - 1; i >= 0; i -= 1)
        stack.push((entries[i] as [string, unknown])[1]);
    }
  }
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
