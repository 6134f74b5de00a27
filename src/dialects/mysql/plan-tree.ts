import { AppError } from '../../base/errors.ts';
import { levelLimit } from '../bounds.ts';
import type { Pairs } from '../json-pairs.ts';
import { quoteAfter } from '../open-quote.ts';
import { type Fields, readOperation, toPairs } from './tree-operation.ts';

/**
 * `EXPLAIN FORMAT=TREE`, and what EXPLAIN ANALYZE prints, → the document that JSON’s format 2 would
 * have been: a line is an iterator, its depth is the column of its arrow.
 */
const number = String.raw`[\d.]+(?:e[+-]?\d+)?`;
const estimated = new RegExp(String.raw`\(cost=(?:(${number})\.\.)?(${number}) rows=(${number})\)`);
const measured = new RegExp(
  String.raw`\(actual time=(${number})\.\.(${number}) rows=(${number}) loops=(\d+)\)` +
    String.raw`|\(never executed\)`,
);
const figures = /\s\((?:cost=|actual time=|never executed)/;

/** Throws AppError: unparsable where no line has an arrow, too_large. */
export function readPlanTree(text: string): Pairs {
  const roots: Iterator[] = [];
  const open: Iterator[] = [];
  for (const line of joinWrapped(text.split('\n'))) {
    const column = line.length - line.trimStart().length;
    while (open.length > 0 && (open.at(-1)?.column ?? 0) >= column) open.pop();
    const iterator: Iterator = {
      column,
      fields: readLine(line.trim().slice(2).trim()),
      below: [],
      ofList: [],
    };
    (open.at(-1)?.below ?? roots).push(iterator);
    open.push(iterator);
    if (open.length > levelLimit)
      throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
  }
  const [root] = ofSelectList(roots);
  if (!root) throw new AppError('unparsable', 'no line of the text is an iterator of a plan');
  return toDocument(root);
}

interface Iterator {
  column: number;
  fields: Fields;
  below: Iterator[];
  /** Subqueries of the select list whose rows it reads. */
  ofList: Iterator[];
}

/** What is written on a line of its own above an iterator, and is a field of it in JSON. */
const isHeading = ({ fields }: Iterator): boolean =>
  /^(?:Select #\d+ \(|Hash$|Repeat until convergence$|Limit table size: )/.test(
    String(fields['operation']),
  );

/** They are printed beside what they are part of. */
function ofSelectList(iterators: readonly Iterator[]): Iterator[] {
  const kept: Iterator[] = [];
  for (const each of iterators) {
    const before = kept.at(-1);
    if (before && /^Select #\d+ \(subquery in projection/.test(String(each.fields['operation'])))
      before.ofList.push(each);
    else kept.push(each);
  }
  return kept;
}

function toDocument({ fields, below, ofList }: Iterator): Pairs {
  const inputs = [...ofSelectList(below), ...ofList].map((each) => {
    const [inner] = each.below;
    return isHeading(each) && inner
      ? { ...inner, fields: { ...headingOf(String(each.fields['operation'])), ...inner.fields } }
      : each;
  });
  const own = { ...fields, ...madeBelow(inputs, fields) };
  return toPairs(inputs.length > 0 ? { ...own, inputs: inputs.map(toDocument) } : own);
}

/** A table that is made below has no schema; of a CTE the name is told there, not its alias. */
function madeBelow([first]: readonly Iterator[], { table_name }: Fields): Fields {
  const made = String(first?.fields['operation'] ?? '');
  if (table_name === undefined || !/^(?:\w+ )?[Mm]aterialize/.test(made)) return {};
  const cte = /\bCTE (`(?:[^`]|``)*`|\S+)/.exec(made)?.[1];
  return { schema_name: null, ...(cte ? { table_name: cte.replace(/^`(.*)`$/, '$1') } : {}) };
}

const headingOf = (heading: string): Fields => ({
  heading,
  ...(/^Select #\d+ \(/.test(heading) ? { subquery: true } : {}),
  ...(/\bdependent\)/.test(heading) ? { dependent: true } : {}),
});

function readLine(line: string): Fields {
  const end = line.search(figures);
  const [cost, actual] = [estimated.exec(line), measured.exec(line)];
  const never = actual?.[4] === undefined;
  return {
    ...readOperation((end < 0 ? line : line.slice(0, end)).trim()),
    ...(cost
      ? {
          estimated_first_row_cost: Number(cost[1] ?? 0),
          estimated_total_cost: Number(cost[2]),
          estimated_rows: Number(cost[3]),
        }
      : {}),
    ...(actual
      ? {
          actual_first_row_ms: never ? 0 : Number(actual[1]),
          actual_last_row_ms: never ? 0 : Number(actual[2]),
          actual_rows: never ? 0 : Number(actual[3]),
          actual_loops: never ? 0 : Number(actual[4]),
        }
      : {}),
  };
}

const arrow = /^\s*-> /;

/**
 * A line without an arrow, or in the middle of a value, is the rest of the one before; those before
 * the first are not its.
 */
function joinWrapped(lines: readonly string[]): string[] {
  const joined: string[][] = [];
  let quote = '';
  for (const line of lines) {
    if (quote === '' && arrow.test(line)) joined.push([line]);
    else if (line.trim() !== '') joined.at(-1)?.push(line.trim());
    if (joined.length > 0) quote = quoteAfter(line, quote, '\\');
  }
  return joined.map((parts) => parts.join(' '));
}

/** Its arrow begins the text, and its costs have no width: PostgreSQL’s have. */
export const sniffPlanTree = (text: string): number =>
  /^\s*-> \S/.test(text) && !/ width=\d+\)/.test(text) ? 1 : 0;
