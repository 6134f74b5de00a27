import { AppError } from '../../base/errors.ts';
import type { Actual, PlanNode } from '../../model/plan.ts';
import { levelLimit } from '../bounds.ts';
import { isBelow, numberNodes, type Reading, sum, type Unread } from '../reading.ts';
import { spell } from '../spell.ts';
import { costOf, figure, kilobytes, milliseconds, passes } from './figures.ts';
import { isStatement, joinTypeOf, opOf } from './operations.ts';
import { type Conditions, readSections } from './sections.ts';
import { type PlanTable, type Row, readPlanTable } from './table.ts';

/**
 * What DBMS_XPLAN prints, TYPICAL, ALLSTATS and what lies between → nodes of the common plan.
 * Oracle's rows, times and pages are of all starts together, with all that is below: the rows and
 * times of one start are made of them here.
 */
export interface XplanReading extends Reading {
  hasCosts: boolean;
}

/** Throws AppError: unparsable, too_large. */
export function readXplan(text: string): XplanReading {
  const table = readPlanTable(text);
  const { own, other } = beforeAnother(table.after);
  const sections = readSections(own);
  const isActual = table.columns.includes('A-Rows');
  const nodes: Opened[] = [];
  const open: Opened[] = [];
  for (const row of table.rows.filter(({ inactive }) => !inactive)) {
    while (open.length > 0 && (open.at(-1)?.row.depth ?? 0) >= row.depth) open.pop();
    const above = open.at(-1);
    if (!above && nodes.length > 0) throw secondPlan(row);
    const node = readNode(row, sections.conditions.get(row.id), isActual);
    const alias = sections.aliases.get(row.id);
    if (node.relation && alias !== undefined) node.relation.alias = alias;
    above?.node.children.push(node);
    const opened = { row, node };
    nodes.push(opened);
    open.push(opened);
    if (open.length > levelLimit)
      throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
  }
  for (const opened of nodes.toReversed()) complete(opened);
  const top = nodes[0]?.node;
  if (!top) throw new AppError('unparsable', 'every operation of the plan was left out of it');
  const root = withoutStatement(top);
  const queryText = queryTextIn(table.before);
  return {
    root: numberNodes(root),
    mode: isActual ? 'actual' : 'estimate',
    hasCosts: nodes.some(({ node: { est } }) => est.totalCost > 0),
    settings: {},
    unknownNodes: nodes.filter(({ node }) => node.op === 'Unknown').length,
    ...(queryText === undefined ? {} : { queryText }),
    unread: unreadOf(table, nodes, sections.strange, other),
  };
}

interface Opened {
  row: Row;
  node: PlanNode;
}

const secondPlan = ({ line }: Row) =>
  new AppError(
    'unparsable',
    `a second plan begins at ${line.slice(0, 30).trim()}: give one at a time`,
  );

/** A cursor has several plans, and a page several statements. */
function beforeAnother(lines: readonly string[]): { own: readonly string[]; other?: string } {
  const at = lines.findIndex((line) => /^\s*(?:SQL_ID\s|Plan hash value:)/.test(line));
  return at < 0 ? { own: lines } : { own: lines.slice(0, at), other: lines[at] ?? '' };
}

const unreadOf = (
  { strange }: PlanTable,
  nodes: readonly Opened[],
  below: readonly string[],
  other: string | undefined,
): Unread[] => [
  ...nodes.flatMap(({ row, node }) =>
    node.op === 'Unknown' ? [{ piece: row.line, says: row.operation }] : [],
  ),
  ...[...strange, ...below].map((line) => ({ piece: line.trim() })),
  ...(other === undefined ? [] : [{ piece: other, says: 'another plan: only the first is read' }]),
];

function readNode(row: Row, conditions: Conditions | undefined, isActual: boolean): PlanNode {
  const { operation, cells, id } = row;
  const op = opOf(operation);
  const starts = figure(cells.get('Starts'));
  const node: PlanNode = {
    id: 0,
    op,
    nativeOp: operation.slice(0, 60),
    predicates: { index: [], filter: [], recheck: [], joinFilter: [] },
    est: {
      startupCost: 0,
      totalCost: costOf(costCell(cells)) ?? 0,
      rows: figure(rowsCell(cells)) ?? 0,
      width: 0,
    },
    derived: { exclusiveCost: 0, costShare: 0 },
    children: [],
    ext: { Id: id },
  };
  const bytes = figure(cells.get('E-Bytes') ?? cells.get('Bytes'));
  if (bytes !== undefined && node.est.rows > 0) node.est.width = Math.round(bytes / node.est.rows);
  readObject(node, cells.get('Name') ?? '');
  if (conditions) readConditions(node, conditions);
  if (isActual) node.act = actualOf(cells, starts ?? 1);
  const buffers = figure(cells.get('Buffers'));
  if (buffers !== undefined) node.io = pagesOf(buffers, cells);
  return node;
}

/** An operation of a table names it, one of an index the index alone. */
function readObject(node: PlanNode, name: string): void {
  const { op, nativeOp } = node;
  if (op === 'NestedLoop' || op === 'HashJoin' || op === 'MergeJoin')
    node.join = { type: joinTypeOf(nativeOp), condition: [] };
  if (op === 'Aggregate')
    node.group = { strategy: nativeOp.startsWith('HASH') ? 'Hashed' : 'Sorted', keys: [] };
  if (op === 'Sort') node.sort = { keys: [] };
  // `:TQ10001` is a queue between workers, `:BF0000` a filter made while running.
  if (name === '' || name.startsWith(':')) return;
  if (nativeOp.startsWith('INDEX') || nativeOp.includes('BITMAP INDEX'))
    node.index = {
      name,
      access: op === 'BitmapIndexScan' ? 'bitmap' : / FULL SCAN/.test(nativeOp) ? 'full' : 'seek',
      ...(/ DESCENDING/.test(nativeOp) ? { backward: true } : {}),
    };
  else
    node.relation = {
      name,
      kind: op === 'SubqueryScan' ? 'cte' : op === 'FunctionScan' ? 'function' : 'table',
    };
}

function readConditions(node: PlanNode, { access, filter }: Conditions): void {
  if (node.join) {
    node.join.condition = access;
    node.predicates.joinFilter = filter;
  } else {
    node.predicates.index = node.index ? access : [];
    node.predicates.filter = node.index ? filter : [...access, ...filter];
  }
}

function actualOf(cells: Row['cells'], starts: number): Actual {
  const each = starts > 0 ? 1 / starts : 0;
  const used = cells.get('Used-Mem');
  const temp = kilobytes(cells.get('Used-Tmp') ?? cells.get('Max-Tmp'));
  return {
    startupMs: 0,
    totalMs: (milliseconds(cells.get('A-Time')) ?? 0) * each,
    rows: (figure(cells.get('A-Rows')) ?? 0) * each,
    loops: starts,
    ...(passes(used) > 0 || (temp ?? 0) > 0 ? { sortOnDisk: true } : {}),
    ...(temp ? { sortSpaceKb: temp } : {}),
  };
}

const pagesOf = (buffers: number, cells: Row['cells']): NonNullable<PlanNode['io']> => {
  const read = Math.min(buffers, figure(cells.get('Reads')) ?? 0);
  const written = figure(cells.get('Writes')) ?? 0;
  return { hit: buffers - read, read, dirtied: 0, written, tempRead: 0, tempWritten: 0 };
};

/** What is not printed of an operation, since it is that of those below. */
function complete({ row: { cells }, node }: Opened): void {
  relate(node);
  takeCondition(node);
  const { est, children } = node;
  const inputs = children.filter(isBelow);
  if (!costCell(cells)) est.totalCost = sum(inputs, (each) => each.est.totalCost);
  if (!rowsCell(cells)) est.rows = inputs[0]?.est.rows ?? 0;
}

const costCell = (cells: Row['cells']) => cells.get('Cost (%CPU)') ?? cells.get('Cost');
const rowsCell = (cells: Row['cells']) => cells.get('E-Rows') ?? cells.get('Rows');

/** What a merge join compares is printed at the sort of its second side. */
function takeCondition({ op, join, children: [, second] }: PlanNode): void {
  if (op !== 'MergeJoin' || !join || join.condition.length > 0 || second?.op !== 'Sort') return;
  join.condition = second.predicates.filter.slice(0, 1);
  second.predicates.filter = [];
}

/** Whose child it is in which way follows from the order in which they are printed. */
function relate({ op, children }: PlanNode): void {
  const last = children.length - 1;
  for (const [at, each] of children.entries())
    each.parentRelation =
      op === 'Append'
        ? 'member'
        : op === 'HashJoin'
          ? at === 0
            ? 'inner'
            : 'outer'
          : op === 'Filter' && at > 0
            ? 'subplan'
            : op === 'Result' && at < last
              ? 'subplan'
              : at === 0 || op === 'Result'
                ? 'outer'
                : 'inner';
}

/** `SELECT STATEMENT` does nothing itself; subqueries of the select list hang at it. */
function withoutStatement(top: PlanNode): PlanNode {
  const [only, ...others] = top.children;
  return isStatement(top.nativeOp) && only && others.length === 0 ? asRoot(only) : top;
}

function asRoot(node: PlanNode): PlanNode {
  delete node.parentRelation;
  return node;
}

/** Between `SQL_ID …` with its line, and the plan's own hash. */
function queryTextIn(lines: readonly string[]): string | undefined {
  const start = lines.findIndex((line) => /^\s*SQL_ID\s/.test(line));
  if (start < 0) return undefined;
  const end = lines.findIndex((line, at) => at > start && /^\s*Plan hash value:/.test(line));
  const text = lines
    .slice(start + 1, end < 0 ? undefined : end)
    .filter((line) => !/^\s*-*\s*$/.test(line))
    .join(' ');
  return text.trim() === '' ? undefined : spell(text);
}

/** Nobody else has such a header. */
export const sniffXplan = (text: string): number =>
  /^[ \t]*\|\s*Id\s*\|\s*Operation\b[^\n]*\bName\b/m.test(text) ? 1 : 0;
