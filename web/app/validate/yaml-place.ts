/**
 * Where in a manifest the cursor is, by indentation: the keys above it, and whether a key or its
 * value is being written. It reads text that is not finished, which a parser would refuse. Pure.
 */
export interface YamlPlace {
  /** Keys from the root to where it is written; `[]` for an entry of a list. */
  path: readonly string[];
  /** Keys that are there already beside it. */
  siblings: ReadonlySet<string>;
  /** With `value`: of this key. */
  key?: string;
  /** What is written of the word so far. */
  word: string;
}

interface Line {
  indent: number;
  key: string | undefined;
  item: boolean;
}

export function placeIn(text: string, offset: number): YamlPlace {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const current = before.slice(start);
  const documentStart = text.lastIndexOf('\n---', start) + 1;
  const above = text.slice(documentStart, start).split('\n').map(readLine);
  const below = text.slice(offset).split('\n').slice(1).map(readLine);
  const here = readLine(current);
  const indent = here?.indent ?? current.length;
  const path = pathAbove(above, indent, here?.item ?? false);
  const value = /^[\s-]*([\w.-]+):\s+(\S*)$/.exec(current);
  if (value?.[1] !== undefined)
    return { path, siblings: new Set(), key: value[1], word: value[2] ?? '' };
  const siblings = new Set([...besides(above.toReversed(), indent), ...besides(below, indent)]);
  return { path, siblings, word: /([\w.-]*)$/.exec(current)?.[1] ?? '' };
}

/** undefined: a line without content. `- a: 1` is as deep as its `a`. */
function readLine(text: string): Line | undefined {
  const found = /^(\s*)((?:-\s+)*)([^#\s].*)?$/.exec(text);
  const [, blank = '', dashes = '', rest] = found ?? [];
  if (!found || (!rest && !dashes)) return undefined;
  return {
    indent: blank.length + dashes.length,
    key: /^([\w.-]+)\s*:(?:\s|$)/.exec(rest ?? '')?.[1],
    item: dashes.length > 0,
  };
}

function pathAbove(
  lines: readonly (Line | undefined)[],
  indent: number,
  inItem: boolean,
): string[] {
  const path: string[] = inItem ? ['[]'] : [];
  let least = inItem ? indent - 1 : indent;
  for (const line of lines.toReversed()) {
    if (!line) continue;
    if (line.indent === indent && line.item && !path.length) path.unshift('[]');
    if (line.indent >= least || line.key === undefined) continue;
    path.unshift(line.key);
    if (line.item) path.unshift('[]');
    least = line.item ? line.indent - 1 : line.indent;
  }
  return path;
}

/** Keys at this depth until one that is less deep. */
function besides(lines: readonly (Line | undefined)[], indent: number): string[] {
  const found: string[] = [];
  for (const line of lines) {
    if (!line) continue;
    if (line.indent < indent) break;
    if (line.indent === indent && line.key !== undefined) found.push(line.key);
    if (line.item && line.indent === indent) break;
  }
  return found;
}
