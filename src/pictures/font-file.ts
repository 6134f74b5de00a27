/**
 * What a font's own tables say of it: which characters it has a picture for (`cmap`, formats 4 and
 * 12), and what it is called (`name`). Fonts come from whoever fills the folder:
 * anything that is none, or has no outlines that a PDF could hold, is undefined, and nothing is
 * read beyond its end.
 */
export interface FontFile {
  has: Coverage;
  /** What an SVG calls it. */
  family: string;
  /** What the first font of a collection is called; a file with one font needs no such name. */
  member?: string;
}

/** Whether it has a picture for a code point. */
export type Coverage = (point: number) => boolean;

export function readFont(bytes: Uint8Array): FontFile | undefined {
  try {
    return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // The end of the file came first.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const versions = new Set([0x0001_0000, 0x4f54_544f, 0x7472_7565]);
const collection = 0x7474_6366;

function read(font: DataView): FontFile | undefined {
  const together = font.getUint32(0) === collection;
  const start = together ? font.getUint32(12) : 0;
  if (!versions.has(font.getUint32(start))) return undefined;
  const tables = new Map<string, number>();
  for (let i = 0; i < font.getUint16(start + 4); i += 1) {
    const entry = start + 12 + 16 * i;
    tables.set(tagAt(font, entry), font.getUint32(entry + 8));
  }
  const [cmap, names] = [tables.get('cmap'), tables.get('name')];
  const outlined = ['glyf', 'CFF ', 'CFF2'].some((table) => tables.has(table));
  if (cmap === undefined || !outlined) return undefined;
  const subtables = subtablesOf(font, cmap);
  const [groups, segments] = [subtables.get(12), subtables.get(4)];
  if (groups === undefined && segments === undefined) return undefined;
  const ranges =
    groups === undefined ? segmentsAt(font, segments as number) : groupsAt(font, groups);
  const called = names === undefined ? new Map<number, string>() : namesAt(font, names);
  const family = called.get(nameIds.typographicFamily) ?? called.get(nameIds.family);
  const member = together ? called.get(nameIds.postScript) : undefined;
  if (family === undefined || (together && member === undefined)) return undefined;
  return { has: within(ranges), family, ...(member === undefined ? {} : { member }) };
}

const nameIds = { family: 1, postScript: 6, typographicFamily: 16 };
const [windows, english] = [3, 0x409];

/** In English, of those for Windows, which every font has. */
function namesAt(font: DataView, names: number): Map<number, string> {
  const found = new Map<number, string>();
  const texts = names + font.getUint16(names + 4);
  for (let i = 0; i < font.getUint16(names + 2); i += 1) {
    const entry = names + 6 + 12 * i;
    if (font.getUint16(entry) !== windows || font.getUint16(entry + 4) !== english) continue;
    const [length, at] = [font.getUint16(entry + 8) >> 1, texts + font.getUint16(entry + 10)];
    const units = Array.from({ length }, (_, place) => font.getUint16(at + 2 * place));
    found.set(font.getUint16(entry + 6), String.fromCharCode(...units));
  }
  return found;
}

const tagAt = (font: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => font.getUint8(at + i)));

/** Where the table of each format is, of those that speak Unicode. */
function subtablesOf(font: DataView, cmap: number): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < font.getUint16(cmap + 2); i += 1) {
    const entry = cmap + 4 + 8 * i;
    const [platform, encoding] = [font.getUint16(entry), font.getUint16(entry + 2)];
    const isUnicode = platform === 0 || (platform === 3 && (encoding === 1 || encoding === 10));
    const at = cmap + font.getUint32(entry + 4);
    if (isUnicode) found.set(font.getUint16(at), at);
  }
  return found;
}

/** From and to, both within. */
type Range = readonly [number, number];

function groupsAt(font: DataView, at: number): Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < font.getUint32(at + 12); i += 1) {
    const group = at + 16 + 12 * i;
    ranges.push([font.getUint32(group), font.getUint32(group + 4)]);
  }
  return ranges;
}

function segmentsAt(font: DataView, at: number): Range[] {
  const double = font.getUint16(at + 6);
  // Between starts and offsets are as many deltas: which picture it is, not whether there is one.
  const [ends, starts, offsets] = [at + 14, at + 16 + double, at + 16 + 3 * double];
  const ranges: Range[] = [];
  for (let i = 0; i < double; i += 2) {
    const [from, to] = [font.getUint16(starts + i), font.getUint16(ends + i)];
    const offset = font.getUint16(offsets + i);
    if (offset === 0) {
      if (from !== 0xffff) ranges.push([from, to]);
      continue;
    }
    // Single characters of such a segment may have no picture.
    for (let point = from; point <= to && point < 0xffff; point += 1)
      if (font.getUint16(offsets + i + offset + 2 * (point - from)) !== 0)
        ranges.push([point, point]);
  }
  return ranges;
}

function within(unsorted: readonly Range[]): Coverage {
  const ranges = unsorted.toSorted(([a], [b]) => a - b);
  return (point) => {
    let [low, high] = [0, ranges.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = ranges[middle] as Range;
      if (point < from) high = middle - 1;
      else if (point > to) low = middle + 1;
      else return true;
    }
    return false;
  };
}
