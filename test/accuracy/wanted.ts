import type { World } from './case.ts';
import { type ServerName, serverNames } from './result.ts';

/** What of the set is asked for, by the variables of `make accuracy`. */
export interface Wanted {
  servers: readonly ServerName[];
  worlds: readonly World[];
  /** Of cases' ids. */
  isWanted(id: string): boolean;
  /** No filter of any kind: what comes out is the whole figure. */
  all: boolean;
  /** Cases were chosen one by one. */
  some: boolean;
}

export function wantedOf(
  { ENGINE = '', WORLD = '', HALF = '', CASE = '' }: Readonly<Record<string, string | undefined>>,
  worlds: readonly World[],
): Wanted {
  const half = HALF === '' ? worlds : worlds.filter(({ heldOut }) => heldOut === isHeldOut(HALF));
  const parts = listed(CASE);
  return {
    servers: choose('ENGINE', serverNames, listed(ENGINE), (name) => name),
    worlds: choose('WORLD', half, listed(WORLD), ({ name }) => name),
    isWanted: (id) => parts.length === 0 || parts.some((part) => id.includes(part)),
    all: [ENGINE, WORLD, HALF, CASE].every((each) => each === ''),
    some: CASE !== '',
  };
}

const listed = (text: string): string[] => text.split(',').filter(Boolean);

/** `postgres` is every server of that name. */
function choose<T>(
  variable: string,
  from: readonly T[],
  names: readonly string[],
  nameOf: (each: T) => string,
): T[] {
  if (names.length === 0) return [...from];
  const unknown = names.filter((name) => !from.some((each) => nameOf(each).startsWith(name)));
  if (unknown.length)
    throw new Error(
      `${variable}: no ${unknown.join(', ')}; there are ${from.map(nameOf).join(', ')}`,
    );
  return from.filter((each) => names.some((name) => nameOf(each).startsWith(name)));
}

function isHeldOut(half: string): boolean {
  if (half !== 'building' && half !== 'held-out')
    throw new Error('HALF: there are building and held-out');
  return half === 'held-out';
}
