import type { Site } from './names.ts';

/**
 * Writes the schema before names that the closed search path would not find, at the places that the
 * parser told.
 */
interface Edit {
  from: number;
  to: number;
  text: string;
}

/**
 * `schemas` has one entry a site: the schema to write, or undefined. Undefined where a place does
 * not read as expected (`U&"…"`).
 */
export function qualify(
  text: string,
  sites: readonly Site[],
  schemas: readonly (string | undefined)[],
  quoted = quoteName,
): string | undefined {
  const edits = new Map<number, Edit>();
  for (const [i, site] of sites.entries()) {
    const schema = schemas[i];
    if (schema === undefined) continue;
    const edit = editOf(text, site, quoted(schema));
    if (!edit) return undefined;
    edits.set(edit.from, edit);
  }
  let [out, at] = ['', 0];
  for (const edit of [...edits.values()].sort((a, b) => a.from - b.from)) {
    out += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return out + text.slice(at);
}

/** Whether the qualified text says of each name what was decided, and nothing else. */
export const saysSo = (
  after: readonly Site[],
  before: readonly Site[],
  schemas: readonly (string | undefined)[],
): boolean =>
  after.length === before.length &&
  after.every(({ what, schema, name }, i) => {
    const site = before[i] as Site;
    return what === site.what && name === site.name && schema === (schemas[i] ?? site.schema);
  });

/** `schema`: as it is written. */
function editOf(text: string, site: Site, schema: string): Edit | undefined {
  const { what, name, at } = site;
  if (at === undefined) return undefined;
  if (what === 'operator')
    return text.startsWith(name, at)
      ? { from: at, to: at + name.length, text: `OPERATOR(${schema}.${name})` }
      : undefined;
  const place = what === 'collation' ? afterWord(text, at) : at;
  return readsAs(text, place, name) ? { from: place, to: place, text: `${schema}.` } : undefined;
}

const collate = /collate\s+/iy;

function afterWord(text: string, at: number): number {
  collate.lastIndex = at;
  return at + (collate.exec(text)?.[0].length ?? 0);
}

const identifier = /"((?:[^"]|"")*)"|[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;

function readsAs(text: string, at: number, name: string): boolean {
  identifier.lastIndex = at;
  const found = identifier.exec(text);
  if (!found) return false;
  const read =
    found[1]?.replaceAll('""', '"') ?? found[0].replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return read === name || (Buffer.byteLength(read) > nameBytes && read.startsWith(name));
}

/** The server cuts longer names. */
const nameBytes = 63;

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
