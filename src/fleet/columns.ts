import { shownHours } from '../model/busy-hours.ts';
import type { Glance } from './glance.ts';
import { createTexts } from './texts.ts';

/**
 * Glances as columns of numbers, where objects would take five times as much. A row is a place;
 * places of what is gone are taken again.
 */
export interface Columns {
  write(at: number, glance: Glance): void;
  read(at: number): Glance;
  /** A single figure: what a sort or a sum looks at, without making an object. */
  number(name: NumberName | MarkName, at: number): number;
  mark(name: MarkName, at: number, value: number): void;
  text(name: TextName, at: number): string | undefined;
  /** Equal numbers are equal texts. */
  textNumber(name: TextName, at: number): number;
}

/** NaN: unknown. Times need all digits, shares do not. */
const numbers = {
  since: Float64Array,
  nextTry: Float64Array,
  lastCycle: Float64Array,
  updatedAt: Float64Array,
  explained: Float32Array,
  accountedFor: Float32Array,
  plans: Float32Array,
  findings: Float32Array,
  critical: Float32Array,
  warning: Float32Array,
} as const;
export type NumberName = keyof typeof numbers;

/** What the table remembers of a row beside what was said of it. */
const marks = {
  /** As the status said it. */
  heard: Float64Array,
  /** Monotonic: times in statuses are of other machines, and any clock may step. */
  heardAt: Float64Array,
  /** Of its last change; of its last that is more than figures. */
  rev: Float64Array,
  wordsRev: Float64Array,
  state: Uint8Array,
} as const;
export type MarkName = keyof typeof marks;

/** How many different ones are kept: what people and servers write may be all different. */
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

const firstRoom = 64;

const numberNames = Object.keys(numbers) as NumberName[];
const markNames = Object.keys(marks) as MarkName[];
const textNames = Object.keys(texts) as TextName[];

export function createColumns(): Columns {
  const kept = { room: 0, ...emptyColumns(0) };
  const words = Object.fromEntries(
    textNames.map((name) => [name, createTexts(texts[name])]),
  ) as Record<TextName, ReturnType<typeof createTexts>>;

  function grow(at: number): void {
    if (at < kept.room) return;
    const room = Math.max(firstRoom, at + 1, Math.ceil(kept.room * 1.5));
    const next = emptyColumns(room);
    for (const name of numberNames) next.numbers[name].set(kept.numbers[name]);
    for (const name of markNames) next.marks[name].set(kept.marks[name]);
    for (const name of textNames) next.texts[name].set(kept.texts[name]);
    next.suspend.set(kept.suspend);
    next.hours.set(kept.hours);
    next.busyUntil.set(kept.busyUntil);
    Object.assign(kept, next, { room });
  }
  const text = (name: TextName, at: number) => words[name].textOf(kept.texts[name][at] ?? 0);
  return {
    write(at, glance) {
      grow(at);
      for (const name of numberNames) kept.numbers[name][at] = glance[name] ?? Number.NaN;
      for (const name of textNames) kept.texts[name][at] = words[name].numberOf(glance[name]);
      kept.suspend[at] = glance.suspend ? 1 : 0;
      kept.busyUntil[at] = glance.busy?.until ?? Number.NaN;
      writeHours(kept.hours, at, glance.busy?.hours);
    },
    read(at) {
      const glance: Record<string, unknown> = { suspend: kept.suspend[at] === 1 };
      for (const name of numberNames) {
        const value = kept.numbers[name][at] ?? Number.NaN;
        if (!Number.isNaN(value)) glance[name] = value;
      }
      for (const name of textNames) {
        const value = text(name, at);
        if (value !== undefined) glance[name] = value;
      }
      const until = kept.busyUntil[at] ?? Number.NaN;
      if (!Number.isNaN(until)) glance['busy'] = { hours: readHours(kept.hours, at), until };
      return glance as unknown as Glance;
    },
    number: (name, at) =>
      (isMark(name) ? kept.marks[name][at] : kept.numbers[name][at]) ?? Number.NaN,
    mark(name, at, value) {
      grow(at);
      kept.marks[name][at] = value;
    },
    text,
    textNumber: (name, at) => kept.texts[name][at] ?? 0,
  };
}

const isMark = (name: NumberName | MarkName): name is MarkName => name in marks;

type Numbers = Float32Array | Float64Array | Uint8Array;

const emptyColumns = (room: number) => ({
  numbers: Object.fromEntries(numberNames.map((name) => [name, new numbers[name](room)])) as Record<
    NumberName,
    Numbers
  >,
  marks: Object.fromEntries(markNames.map((name) => [name, new marks[name](room)])) as Record<
    MarkName,
    Numbers
  >,
  texts: Object.fromEntries(textNames.map((name) => [name, new Uint16Array(room)])) as Record<
    TextName,
    Uint16Array
  >,
  suspend: new Uint8Array(room),
  busyUntil: new Float64Array(room),
  hours: new Uint8Array(room * shownHours),
});

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
