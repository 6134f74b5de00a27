import { meanSessions, shownHours } from '../model/busy-hours.ts';
import type { Glance } from './glance.ts';
import { createTexts } from './texts.ts';

/**
 * Glances as columns of numbers, some hundred bytes a target, where objects would take five times
 * as much. A row is a place; places of what is gone are taken again.
 */
export interface Columns {
  write(at: number, glance: Glance): void;
  read(at: number): Glance;
  /** A single figure, NaN where it is not known; what a sort or a sum looks at. */
  number(name: NumberName, at: number): number;
  text(name: TextName, at: number): string | undefined;
  /** Sessions that are active there, of late; NaN where that is not known. */
  load(at: number): number;
  /** What the table remembers of a row beside what was said of it. */
  mark(name: MarkName, at: number): number;
  setMark(name: MarkName, at: number, value: number): void;
}

/** Times are kept in whole seconds, 0 is unknown. */
const times = ['since', 'nextTry', 'lastCycle', 'updatedAt'] as const;
/** Percent have a digit or two behind the point. */
const shares = ['explained', 'accountedFor'] as const;
/** No more than a page needs to tell much from very much. */
const counts = ['plans', 'findings', 'critical', 'warning'] as const;
const mostCounted = 65_534;
const unknownCount = 65_535;

/** How many different ones are kept at once: what people and servers write may be all different. */
const texts = {
  engine: 100,
  version: 2_000,
  ready: 10,
  reason: 500,
  circuit: 10,
  cause: 500,
  missing: 4_000,
  owner: 10_000,
} as const;

export type TextName = keyof typeof texts;
export type NumberName = (typeof times)[number] | (typeof shares)[number] | (typeof counts)[number];

/** `heard`: seconds, as the status said it; `heardAt`: monotonic, seconds. */
export type MarkName = (typeof marks)[number];
const marks = ['heard', 'heardAt', 'rev', 'wordsRev', 'state'] as const;

const textNames = Object.keys(texts) as TextName[];
const firstRoom = 64;
const growth = 1.15;
const second_ms = 1_000;
const hour_ms = 3_600_000;

type Numbers = Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

export function createColumns(): Columns {
  let room = 0;
  let kept = emptyColumns(room);
  const words = Object.fromEntries(
    textNames.map((name) => [name, createTexts(texts[name])]),
  ) as Record<TextName, ReturnType<typeof createTexts>>;

  function grow(at: number): void {
    if (at < room) return;
    room = Math.max(firstRoom, at + 1, Math.ceil(room * growth));
    const next = emptyColumns(room);
    for (const [name, column] of Object.entries(kept)) next[name as keyof typeof next].set(column);
    kept = next;
  }
  const number = (name: NumberName, at: number) => numberOf(name, kept[name][at] ?? 0);
  const text = (name: TextName, at: number) => words[name].textOf(kept[name][at] ?? 0);
  return {
    write(at, glance) {
      grow(at);
      for (const name of times) kept[name][at] = Math.floor((glance[name] ?? 0) / second_ms);
      for (const name of shares) kept[name][at] = glance[name] ?? Number.NaN;
      for (const name of counts)
        kept[name][at] = Math.min(mostCounted, glance[name] ?? 0) || countOf(glance[name]);
      for (const name of textNames) {
        const known = kept[name][at] ?? 0;
        kept[name][at] = words[name].instead(known, glance[name]);
      }
      kept.suspend[at] = glance.suspend ? 1 : 0;
      kept.busyUntil[at] = Math.floor((glance.busy?.until ?? 0) / hour_ms);
      writeHours(kept.hours, at, glance.busy?.hours);
      kept.load[at] = (glance.busy && meanSessions(glance.busy)) ?? Number.NaN;
    },
    read(at) {
      const glance: Record<string, unknown> = { suspend: kept.suspend[at] === 1 };
      for (const name of numberNames) {
        const value = number(name, at);
        if (!Number.isNaN(value)) glance[name] = value;
      }
      for (const name of textNames) {
        const value = text(name, at);
        if (value !== undefined) glance[name] = value;
      }
      const until = (kept.busyUntil[at] ?? 0) * hour_ms;
      if (until > 0) glance['busy'] = { hours: readHours(kept.hours, at), until };
      return glance as unknown as Glance;
    },
    number,
    text,
    load: (at) => kept.load[at] ?? Number.NaN,
    mark: (name, at) => kept[name][at] ?? 0,
    setMark(name, at, value) {
      grow(at);
      kept[name][at] = value;
    },
  };
}

const numberNames: readonly NumberName[] = [...times, ...shares, ...counts];
const isTime = new Set<string>(times);
const isCount = new Set<string>(counts);

const countOf = (count: number | undefined) => (count === undefined ? unknownCount : 0);

function numberOf(name: NumberName, kept: number): number {
  if (isTime.has(name)) return kept === 0 ? Number.NaN : kept * second_ms;
  return isCount.has(name) && kept === unknownCount ? Number.NaN : kept;
}

const emptyColumns = (room: number) => ({
  ...columnsOf(times, () => new Uint32Array(room)),
  ...columnsOf(shares, () => new Float32Array(room)),
  ...columnsOf(counts, () => new Uint16Array(room)),
  ...columnsOf(textNames, () => new Uint16Array(room)),
  heard: new Uint32Array(room),
  heardAt: new Int32Array(room),
  // At hundreds of changes a second four bytes would be full within a year.
  rev: new Float64Array(room),
  wordsRev: new Float64Array(room),
  state: new Uint8Array(room),
  suspend: new Uint8Array(room),
  load: new Float32Array(room),
  busyUntil: new Uint32Array(room),
  hours: new Uint8Array(room * shownHours),
});

const columnsOf = <K extends string, A extends Numbers>(names: readonly K[], make: () => A) =>
  Object.fromEntries(names.map((name) => [name, make()])) as Record<K, A>;

/** Its own characters; 0 where it is shorter. */
function writeHours(column: Uint8Array, at: number, hours = ''): void {
  for (let i = 0; i < shownHours; i += 1)
    column[at * shownHours + i] = i < hours.length ? hours.charCodeAt(i) & 0x7f : 0;
}

function readHours(column: Uint8Array, at: number): string {
  const codes = column.subarray(at * shownHours, (at + 1) * shownHours);
  const end = codes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? codes : codes.subarray(0, end)));
}
