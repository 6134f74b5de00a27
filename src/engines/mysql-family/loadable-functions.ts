import { isStored } from './called-functions.ts';
import type { Connection } from './connection.ts';

/**
 * Functions of libraries that were loaded into the server (CREATE FUNCTION … SONAME, components):
 * planning runs them where their arguments are constant, and no right keeps an account from it.
 * https://dev.mysql.com/doc/refman/9.0/en/adding-loadable-function.html
 */
export interface LoadableWords {
  /** A row for each name, in lower case. */
  sql: string;
  /**
   * Those that were loaded, and stored ones that the account may execute; or the server's own: all
   * others may be either.
   */
  names: 'loaded' | 'own';
}

/** The server's own, of which MariaDB's list says nothing. */
const unlisted =
  /^(?:st_\w+|mbr\w+|inet6?_[an]to[an]|is_ipv\w+|uuid|(?:multi)?(?:point|linestring|polygon))$/;

export type IsLoadable = (name: string) => boolean;

export async function readLoadable(
  control: Connection,
  { sql, names }: LoadableWords,
  timeout_ms: number,
): Promise<IsLoadable> {
  const rows = await control.query(sql, timeout_ms);
  const named = new Set(rows.map((row) => row['name'] ?? ''));
  if (names === 'own') return (name) => !named.has(name) && !unlisted.test(name);
  const mayMean = aliasesOf([...named]);
  return (name) => isStored(name) || mayMean(name);
}

/**
 * The server finds a function by a comparison that knows no accents (`ete` is `ÉTÉ`, `strase` is
 * `straße`): of two letters of which one is not of ASCII, any may be taken for the other.
 */
function aliasesOf(names: readonly string[]): (name: string) => boolean {
  const plain = new Set(names.map(bare));
  const foreign = [...plain].filter((name) => !isAscii(name));
  return (called) => {
    const name = bare(called);
    const others = isAscii(name) ? foreign : [...plain];
    return plain.has(name) || others.some((other) => alike(name, other));
  };
}

const isAscii = (text: string) => /^\p{ASCII}*$/u.test(text);
const bare = (name: string) => name.normalize('NFD').replaceAll(/\p{M}/gu, '');

function alike(one: string, other: string): boolean {
  const [letters, others] = [[...one], [...other]];
  const may = (letter: string, i: number) =>
    letter === others[i] || !isAscii(letter) || !isAscii(others[i] ?? '');
  return letters.length === others.length && letters.every(may);
}
