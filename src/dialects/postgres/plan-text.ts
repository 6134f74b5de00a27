import { AppError } from '../../base/errors.ts';
import { levelLimit } from '../bounds.ts';
import { quoteAfter } from '../open-quote.ts';
import type { Document } from './plan-json.ts';
import { ofWorker, readDetail, readSettings } from './text-details.ts';
import { type Fields, readTitle } from './text-title.ts';

/**
 * EXPLAIN's own text, as psql, a log or a mail has it, → the document that FORMAT JSON would have
 * been. A node is a line behind `->`, its depth is the column of that; what follows until the next
 * one is of it, but for the lines about the whole plan at the end.
 */
const estimated = /\(cost=([\d.]+)\.\.([\d.]+)\s+rows=(\d+)\s+width=(\d+)\)/;
const measured =
  /\(actual\s+(?:time=([\d.]+)\.\.([\d.]+)\s+)?rows=([\d.]+)\s+loops=(\d+)\)|\(never\s+executed\)/;
const property = /^\s*([A-Z][\w/ -]{0,40}?):(?:\s+(.*))?$/;
const label = /^\s*(InitPlan|SubPlan|CTE) ([^:]+)$/;
const trigger = /^\s*Trigger /;

/** One of a text: what EXPLAIN prints of the plan as a whole. */
const ofWhole = new Set([
  'Planning',
  'Planning Time',
  'Execution Time',
  'Total runtime',
  'Settings',
  'JIT',
  'Query Identifier',
  'Serialization',
  'Query Text',
  'Query Parameters',
]);

/** Throws AppError: unparsable where there is no node, too_large. */
export function readPlanText(text: string): Document {
  const lines = joinWrapped(text.split('\n'));
  const start = lines.findIndex(isNode);
  if (start < 0) throw new AppError('unparsable', 'no line of the text is a node of a plan');
  const top: Fields = {};
  const open: OpenNode[] = [];
  let place: Place = { kind: 'node' };
  let named: Named | undefined;
  for (const line of lines.slice(start)) {
    const column = indentOf(line);
    if (isNode(line) || open.length === 0) {
      addNode(open, line, named);
      named = undefined;
      place = { kind: 'node' };
    } else if (label.test(line)) named = { name: line.trim(), column };
    else place = readLine(line, column, place, { top, node: open.at(-1)?.fields ?? {} });
  }
  return { ...queryTextIn(lines.slice(0, start)), ...top, Plan: open[0]?.fields ?? {} };
}

/** What auto_explain logs before the plan. */
function queryTextIn(lines: readonly string[]): Fields {
  const start = lines.findIndex((line) => line.startsWith('Query Text: '));
  const [first = '', ...more] = start < 0 ? [] : lines.slice(start);
  const end = more.findIndex((line) => line.startsWith('Query Parameters: '));
  const text = [first.slice('Query Text: '.length), ...more.slice(0, end < 0 ? undefined : end)];
  return start < 0 ? {} : { 'Query Text': text.join(' ') };
}

interface OpenNode {
  column: number;
  fields: Fields & { Plans?: Fields[] };
}

/** `SubPlan 1` above a node: it stands where the node’s arrow would, were it without a name. */
interface Named {
  name: string;
  column: number;
}

/** Of what the lines speak that are indented further than this one. */
type Place = { kind: 'node' } | { kind: 'block'; column: number; name: string };

const indentOf = (line: string) => line.length - line.trimStart().length;
const isNode = (line: string) =>
  line.trimStart().startsWith('->') ||
  (!property.test(line) && (estimated.test(line) || measured.test(line)));

function addNode(open: OpenNode[], line: string, named: Named | undefined): void {
  // A child's arrow stands right of its parent's; the root has none.
  const column = open.length === 0 ? -1 : (named?.column ?? indentOf(line));
  while (open.length > 1 && (open.at(-1)?.column ?? 0) >= column) open.pop();
  const parent = open.at(-1)?.fields;
  const fields = { ...readTitle(titleOf(line)), ...readFigures(line) };
  if (parent) {
    const siblings = (parent.Plans ??= []);
    Object.assign(fields, relationOf(parent, siblings, named?.name));
    siblings.push(fields);
  }
  open.push({ column, fields });
  if (open.length > levelLimit)
    throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
}

function titleOf(line: string): string {
  const text = line.trimStart().replace(/^->\s*/, '');
  const end = text.search(figures);
  return (end < 0 ? text : text.slice(0, end)).trim();
}

function readFigures(line: string): Fields {
  const [cost, actual] = [estimated.exec(line), measured.exec(line)];
  const [never, timed] = [actual?.[3] === undefined, actual?.[2] !== undefined];
  return {
    ...(cost
      ? {
          'Startup Cost': Number(cost[1]),
          'Total Cost': Number(cost[2]),
          'Plan Rows': Number(cost[3]),
          'Plan Width': Number(cost[4]),
        }
      : {}),
    ...(actual
      ? {
          'Actual Rows': never ? 0 : Number(actual[3]),
          'Actual Loops': never ? 0 : Number(actual[4]),
          ...(timed
            ? { 'Actual Startup Time': Number(actual[1]), 'Actual Total Time': Number(actual[2]) }
            : {}),
        }
      : {}),
  };
}

const memberOf = new Set(['Append', 'Merge Append', 'BitmapAnd', 'BitmapOr']);

/** What JSON says and the text shows by its order: which child of its parent a node is. */
function relationOf(parent: Fields, siblings: readonly Fields[], named?: string): Fields {
  if (named)
    return {
      'Parent Relationship': named.startsWith('SubPlan') ? 'SubPlan' : 'InitPlan',
      'Subplan Name': named,
    };
  const type = String(parent['Node Type']);
  if (memberOf.has(type)) return { 'Parent Relationship': 'Member' };
  if (type === 'Subquery Scan') return { 'Parent Relationship': 'Subquery' };
  const first = siblings.every((each) => each['Subplan Name'] !== undefined);
  return { 'Parent Relationship': first ? 'Outer' : 'Inner' };
}

function readLine(
  line: string,
  column: number,
  place: Place,
  { top, node }: { top: Fields; node: Fields },
): Place {
  const [, key = '', value = ''] = property.exec(line) ?? [];
  if (place.kind === 'block' && column > place.column) {
    readInBlock(top, place.name, key, value);
    return place;
  }
  const block: Place = { kind: 'block', column, name: key };
  if (trigger.test(line) || ofWorker.test(key)) return block;
  if (!ofWhole.has(key)) {
    readDetail(node, key, value);
    return { kind: 'node' };
  }
  if (key === 'Settings') top[key] = readSettings(value);
  else if (/^[\d.]+ ms$/.test(value)) top[key] = Number.parseFloat(value);
  return block;
}

function readInBlock(top: Fields, block: string, key: string, value: string): void {
  if (block !== 'JIT') return;
  const jit = (top['JIT'] ??= {}) as Fields;
  if (key === 'Functions') jit[key] = Number(value);
  const total = /Total ([\d.]+) ms/.exec(value)?.[1];
  if (key === 'Timing' && total) jit[key] = { Total: Number(total) };
}

/**
 * A line that begins nothing of its own is the rest of the one before; so is, within the plan, one
 * that begins in the middle of a value. Texts of statements before it have quotes of their own.
 */
function joinWrapped(lines: readonly string[]): string[] {
  const joined: string[][] = [];
  let [within, quote] = [false, ''];
  for (const line of lines) {
    within ||= isNode(line);
    const starts =
      property.test(line) || label.test(line) || trigger.test(line) || beginsNode(line);
    if (quote === '' && (starts || joined.length === 0)) joined.push([line]);
    else if (line.trim() !== '') joined.at(-1)?.push(line.trim());
    if (within) quote = quoteAfter(line, quote);
  }
  return joined.map((parts) => parts.join(' '));
}

const beginsNode = (line: string) =>
  /^\s*(?:->|[A-Z])/.test(line) && (figures.test(line) || line.includes('->'));
const figures = /\((?:cost=|actual\s|never\s)/;

/**
 * 1: figures as nobody else prints them. A plan without costs is known by a node below another.
 */
export function sniffPlanText(text: string): number {
  if (estimated.test(text)) return 1;
  if (!/^\s*->\s/.test(text) && measured.test(text)) return 0.9;
  return /^[A-Z][A-Za-z ]+(?: on .*)?\n(?:\s+[A-Z][\w ]+:.*\n)*\s*-> {2}/.test(text) ? 0.5 : 0;
}
