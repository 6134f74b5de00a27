import { hash } from 'node:crypto';
import type { Lru } from '../../base/lru.ts';
import type { Template, Typing } from './repair.ts';

/**
 * Types of parameters by what stands around them: what the server inferred for `a = $1` it will
 * most likely infer again where the same tables are read. It is a guess as all of them are: the
 * Query Identifier says whether it is right.
 */
export interface TypesBefore {
  /** Of all parameters; undefined where one of them stands as none did before. */
  of(template: Template): string[] | undefined;
  /** `types`: of all parameters, as the server told them. */
  learn(template: Template, types: readonly string[]): void;
}

/** `scope`: what is alike in all that is asked of it: the database, the tables that are read. */
export function typesBefore(known: Lru<string, string>, scope: () => string): TypesBefore {
  const keysOf = ({ pieces, gaps }: Template): string[] | undefined => {
    const within = scope();
    if (gaps.length > most || within.length > longest) return undefined;
    return gaps.map((_, i) => keyOf(`${within}\0${before(pieces[i])}\0${behind(pieces[i + 1])}`));
  };
  return {
    of(template) {
      const { gaps, paramCount } = template;
      const keys = keysOf(template);
      if (!keys) return undefined;
      const types: (string | undefined)[] = Array.from({ length: paramCount });
      for (const [i, key] of keys.entries()) {
        const { number, twin, fixed, count } = gaps[i] as (typeof gaps)[number];
        if (fixed !== undefined) continue;
        const type = count ? rowCount : known.get(key);
        if (type === undefined || (types[number - 1] ?? type) !== type) return undefined;
        types[number - 1] = type;
        if (twin !== undefined) types[twin - 1] = type;
      }
      return isWhole(types) ? types : undefined;
    },
    learn(template, types) {
      for (const [i, key] of keysOf(template)?.entries() ?? []) {
        const { number, fixed } = template.gaps[i] as (typeof template.gaps)[number];
        const type = types[number - 1];
        if (fixed === undefined && type !== undefined) known.set(key, type);
      }
    },
  };
}

/** A text seen running has real values, which are not kept. */
const keyOf = (place: string): string => hash('sha256', place, 'base64');

/** LIMIT and its kin. */
const rowCount = 'bigint';

/** One statement with more than these would take the room of all others. */
const most = 100;

/** Of names: of more tables nothing is kept. */
const longest = 300;

/** Of what stands around a parameter: the rest of the text may be a megabyte. */
const near = 100;

/** The last words before a parameter: `WHERE a =`. */
const before = (piece = ''): string =>
  piece.trimEnd().slice(-near).trim().split(/\s+/).slice(-3).join(' ');

/** An operator that follows, with what it is applied to: `+ a`, `::int`. */
const behind = (piece = ''): string =>
  /^\s*[^\w\s(),;]+\s*[\w."]*/.exec(piece.slice(0, near))?.[0].trim() ?? '';

const isWhole = (types: Typing): types is string[] => types.every((type) => type !== undefined);
