import { AppError } from '../../base/errors.ts';
import type { Json, Pairs } from '../json-pairs.ts';
import type { TableRow } from './table-rows.ts';

/**
 * Rows of EXPLAIN’s table → the document that FORMAT=JSON would have been, as far as they say it:
 * no costs, no conditions; of a sort only that there is one. Rows of one `id` are one block, in the
 * order in which they are joined.
 */
type Fields = Record<string, Json | undefined>;
const pairs = (fields: Fields): Pairs => ({
  pairs: Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as [string, Json]],
  ),
});

/** Of tables and blocks in one statement: hundreds are many; each is looked for among all. */
const mostRows = 2_000;

/** Throws AppError('too_large'). */
export function blocksOfRows(rows: readonly TableRow[]): Pairs {
  if (rows.length > mostRows)
    throw new AppError('too_large', `a table of more than ${mostRows} rows`);
  const blocks = outline(rows);
  const [top] = blocks;
  const outlined: Outlined = { blocks, made: new Set(top ? [top.id] : []) };
  return pairs({ query_block: top ? readBlock(top, outlined) : pairs({}) });
}

interface Outlined {
  blocks: readonly Block[];
  /** Blocks that were read: another table of the same rows does not make them again. */
  made: Set<string>;
}

interface Block {
  id: string;
  rows: TableRow[];
  /** Of the block that a subquery is part of. */
  within: string | undefined;
  subquery: boolean;
  dependent: boolean;
  /** Those that are united with this one, and how. */
  members: Block[];
  operation: string;
  distinct: boolean;
}

const kindOf = ({ select_type: type = '' }: TableRow) => type.toUpperCase();
const setOperation = /\b(UNION|INTERSECT|EXCEPT)$/;
const setResult = /\b(UNION|INTERSECT|EXCEPT) RESULT$/;

/** The blocks in the order of their rows; what is united with another is among its members. */
function outline(rows: readonly TableRow[]): Block[] {
  const blocks: Block[] = [];
  const united = new Set(
    rows.flatMap((row) => (setResult.test(kindOf(row)) ? [membersOf(row).join()] : [])),
  );
  let base: Block | undefined;
  for (const row of rows) {
    const [kind, id = ''] = [kindOf(row), row['id']];
    if (setResult.test(kind)) continue;
    const before = blocks.find((each) => each.id === id);
    if (before) {
      before.rows.push(row);
      continue;
    }
    const set = setOperation.exec(kind)?.[1];
    const block: Block = {
      id,
      rows: [row],
      subquery: isSubquery(kind, id, rows),
      dependent: kind.startsWith('DEPENDENT'),
      within: base?.subquery && isSubquery(kind, id, rows) ? base.within : base?.id,
      members: [],
      operation: set ?? '',
      distinct: false,
    };
    blocks.push(block);
    const first = set && firstOf(block, blocks, united);
    if (first) first.members.push(block);
    base = block;
  }
  for (const block of blocks) block.distinct = [...united].some((list) => startsWith(list, block));
  return blocks;
}

/** MariaDB’s materialized ones are looked up in without a row that says so. */
const isSubquery = (kind: string, id: string, rows: readonly TableRow[]) =>
  kind.endsWith('SUBQUERY') ||
  (kind === 'MATERIALIZED' && rows.every(({ table }) => table !== `<subquery${id}>`));

/** `<union1,2>` → ['1', '2']. */
const membersOf = ({ table = '' }: TableRow): string[] =>
  /\d[\d,]*/.exec(table)?.[0].split(',') ?? [];
const startsWith = (list: string, { id, members }: Block) =>
  members.length > 0 && list.split(',')[0] === id;

/** The one whose result names both; else the last one that is no member itself. */
function firstOf({ id }: Block, blocks: readonly Block[], united: ReadonlySet<string>) {
  const list = [...united].find((each) => each.split(',').includes(id));
  const [named] = list?.split(',') ?? [];
  const known = blocks.find((each) => each.id === named && each.id !== id);
  return known ?? blocks.findLast((each) => each.operation === '' && !each.subquery);
}

function readBlock(block: Block, outlined: Outlined): Pairs {
  if (block.members.length === 0) return pairs(contentOf(block, outlined));
  const [first] = block.members;
  const key = `${(first?.operation ?? 'UNION').toLowerCase()}_result`;
  const specified = [{ ...block, members: [] }, ...block.members].map((each) =>
    pairs({ dependent: each.dependent, query_block: pairs(contentOf(each, outlined)) }),
  );
  return pairs({
    [key]: pairs({ using_temporary_table: block.distinct, query_specifications: specified }),
  });
}

function contentOf({ id, rows }: Block, outlined: Outlined): Fields {
  const within = outlined.blocks.filter((each) => each.subquery && each.within === id);
  const [first] = rows;
  const extra = first?.['Extra'] ?? '';
  const tables = { nested_loop: rows.map((row) => pairs({ table: readTable(row, outlined) })) };
  const [sorted, kept] = [extra.includes('Using filesort'), extra.includes('Using temporary')];
  const content: Fields =
    sorted || kept
      ? {
          ordering_operation: pairs({
            using_temporary_table: kept,
            using_filesort: sorted,
            ...tables,
          }),
        }
      : tables;
  if (within.length === 0) return content;
  const subqueries = within.map((each) =>
    pairs({ dependent: each.dependent, cacheable: true, query_block: readBlock(each, outlined) }),
  );
  return { ...content, select_list_subqueries: subqueries };
}

function readTable(row: TableRow, outlined: Outlined): Pairs {
  const { table, type, key, ref, rows, filtered, Extra: extra = '' } = row;
  if (table === undefined) return pairs({ message: extra });
  const made = /^<(?:derived|subquery)(\d+)>$/.exec(table)?.[1];
  const verb = /^(insert|update|delete|replace)$/i.exec(row['select_type'] ?? '')?.[1];
  return pairs({
    ...(verb ? { [verb.toLowerCase()]: true } : {}),
    table_name: table,
    // MariaDB’s `ref|filter`: what is behind the bar filters by row ids.
    access_type: type?.split('|')[0],
    key: key?.split('|')[0],
    ref: ref?.split(','),
    // Each of the two servers has its own name for it.
    rows_examined_per_scan: numberOf(rows),
    rows: numberOf(rows),
    filtered: numberOf(filtered),
    ...(/Using index(?! condition)/.test(extra) ? { using_index: true } : {}),
    using_join_buffer: /Using join buffer \(([^)]*)\)/.exec(extra)?.[1],
    ...(/Backward index scan/.test(extra) ? { backward_index_scan: true } : {}),
    ...(made ? { materialized_from_subquery: readMade(made, outlined) } : {}),
  });
}

function readMade(id: string, { blocks, made }: Outlined): Pairs {
  const block = blocks.find((each) => each.id === id);
  if (!block) return pairs({});
  if (made.has(id)) return pairs({ sharing_temporary_table_with: pairs({}) });
  made.add(id);
  return pairs({ query_block: readBlock(block, { blocks, made }) });
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[\d.]+(?: \(|$)/.test(text) ? Number.parseFloat(text) : undefined;
