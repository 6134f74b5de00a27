import { isPairs, type Json, type Pairs } from '../json-pairs.ts';

/**
 * MySQL's format 1 and MariaDB's plans are both a `query_block`; keys that only one of the two
 * prints tell them apart. A block that says nothing but a message could be either's.
 */
export type Product = 'mysql' | 'mariadb';

const ownKeys: Record<Product, ReadonlySet<string>> = {
  mysql: new Set([
    ...'cost_info rows_examined_per_scan'.split(' '),
    ...'ordering_operation grouping_operation duplicates_removal query_specifications'.split(' '),
  ]),
  mariadb: new Set([
    ...'rows loops cost r_loops r_rows r_total_time_ms'.split(' '),
    ...'filesort temporary_table read_sorted_file block-nl-join duplicate_removal'.split(' '),
  ]),
};

const undecided = 0.5;

/** 1 or 0 where a key tells, else a half. */
export function sniffBlock(block: Pairs, product: Product): number {
  const keys = new Set(keysOf(block));
  const told = (Object.keys(ownKeys) as Product[]).filter(
    (each) => !keys.isDisjointFrom(ownKeys[each]),
  );
  return told.length === 1 ? Number(told[0] === product) : undecided;
}

function* keysOf(value: Json): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* keysOf(each);
  else if (isPairs(value))
    for (const [key, inner] of value.pairs) {
      yield key;
      yield* keysOf(inner);
    }
}
