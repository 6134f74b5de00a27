import type { PlanNode, Predicate, Relation, ServerWarning } from '../../model/plan.ts';
import { attribute, child, type Element } from '../xml.ts';
import { bare, columns, equalities, orderKeys, scalars, seekConditions } from './conditions.ts';
import { joinType, nativeName, opOf } from './operations.ts';
import { numberIn } from './runtime.ts';
import { spilledPages, warningsOf } from './warnings.ts';

/** One `<RelOp>` without what is below it → a node; what it did is `runtime.ts`'s. */
export interface Operator {
  node: PlanNode;
  warnings: Omit<ServerWarning, 'node'>[];
  /** Written to tempdb; undefined where its memory was enough. */
  spilledPages: number | undefined;
  /** The operators below, in the order in which they are printed. */
  inputs: Element[];
}

/** What `<RelOp>` holds besides the element that is named after its kind. */
const beside = new Set([
  'OutputList',
  'Warnings',
  'MemoryFractions',
  'RunTimeInformation',
  'RunTimePartitionSummary',
  'InternalInfo',
]);

export function readOperator(element: Element): Operator {
  const physicalOp = attribute(element, 'PhysicalOp') ?? '';
  const logicalOp = attribute(element, 'LogicalOp') ?? '';
  const kind = element.children.find(({ name }) => !beside.has(name));
  const lookup = kind !== undefined && isTrue(kind, 'Lookup');
  const op = lookup ? 'TidScan' : opOf(physicalOp, logicalOp);
  const number = (name: string) => numberIn(element, name) ?? 0;
  const node: PlanNode = {
    id: 0,
    op,
    nativeOp: lookup ? 'Key Lookup' : nativeName(physicalOp, logicalOp),
    predicates: { index: [], filter: [], recheck: [], joinFilter: [] },
    est: {
      startupCost: 0,
      totalCost: number('EstimatedTotalSubtreeCost'),
      rows: number('EstimateRows'),
      width: number('AvgRowSize'),
    },
    derived: { exclusiveCost: 0, costShare: 0 },
    children: [],
    ext: readExt(element),
  };
  if (kind) readKind(node, kind, logicalOp);
  if (isTrue(element, 'Parallel') && op !== 'Gather') node.parallelAware = true;
  return {
    node,
    warnings: warningsOf(element),
    spilledPages: spilledPages(element),
    inputs: kind ? inputsOf(kind) : [],
  };
}

const isTrue = (element: Element, name: string) =>
  /^(?:1|true)$/.test(attribute(element, name) ?? '');

/** Operators stand below the kind, some of them deeper: a subquery in an expression. */
function inputsOf(kind: Element): Element[] {
  const found: Element[] = [];
  const waiting = [...kind.children].reverse();
  for (let next = waiting.pop(); next; next = waiting.pop())
    if (next.name === 'RelOp') found.push(next);
    else for (const each of next.children.toReversed()) waiting.push(each);
  return found;
}

const kept = {
  NodeId: 'NodeId',
  TableCardinality: 'tableRows',
  EstimatedRowsRead: 'rowsRead',
  EstimateRowsWithoutRowGoal: 'rowsWithoutGoal',
};

/** How often it runs is told of it: its costs are of all runs. */
function readExt(element: Element): Record<string, number | boolean> {
  const ext: Record<string, number | boolean> = {};
  for (const [name, key] of Object.entries(kept)) {
    const value = numberIn(element, name);
    if (value !== undefined) ext[key] = value;
  }
  const again =
    (numberIn(element, 'EstimateRebinds') ?? 0) + (numberIn(element, 'EstimateRewinds') ?? 0);
  if (again > 0) ext['executions'] = again + 1;
  if (attribute(element, 'EstimatedExecutionMode') === 'Batch') ext['batchMode'] = true;
  return ext;
}

function readKind(node: PlanNode, kind: Element, logicalOp: string): void {
  const object = child(kind, 'Object');
  const relation = object && relationOf(object);
  if (relation) node.relation = relation;
  const seeks = seekConditions(child(kind, 'SeekPredicates') ?? child(kind, 'SeekPredicate'));
  const index = object && bare(attribute(object, 'Index') ?? '');
  if (index && node.op !== 'Modify')
    node.index = {
      name: index,
      access: seeks.length > 0 ? 'seek' : 'full',
      ...(attribute(kind, 'ScanDirection') === 'BACKWARD' ? { backward: true } : {}),
    };
  const type = joinType(logicalOp);
  const rest = residual(kind);
  if (isJoin(node) && type !== undefined) {
    node.join = { type, condition: joinConditions(kind) };
    node.predicates.joinFilter = [...rest, ...scalars(child(kind, 'Predicate'))];
  } else {
    node.predicates.index = seeks;
    node.predicates.filter = [...scalars(child(kind, 'Predicate')), ...rest];
  }
  readOrder(node, kind);
  readNamed(node, kind);
}

const isJoin = ({ op }: PlanNode) => op === 'NestedLoop' || op === 'HashJoin' || op === 'MergeJoin';

const residual = (kind: Element): Predicate[] =>
  ['Residual', 'ProbeResidual', 'BuildResidual', 'PassThru'].flatMap((name) =>
    scalars(child(kind, name)),
  );

const joinConditions = (kind: Element): Predicate[] => [
  ...equalities(child(kind, 'HashKeysProbe'), child(kind, 'HashKeysBuild')),
  ...equalities(child(kind, 'OuterSideJoinColumns'), child(kind, 'InnerSideJoinColumns')),
];

function readOrder(node: PlanNode, kind: Element): void {
  const keys = orderKeys(child(kind, 'OrderBy'));
  if (node.op === 'Sort') node.sort = { keys };
  if (node.op !== 'Aggregate') return;
  const grouped = child(kind, 'GroupBy') ?? child(kind, 'HashKeysBuild');
  const list = columns(grouped);
  node.group = {
    strategy: kind.name === 'Hash' ? 'Hashed' : list.length > 0 ? 'Sorted' : 'Plain',
    keys: list,
    ...(node.nativeOp.includes('Partial') ? { phase: 'Partial' } : {}),
  };
}

function relationOf(object: Element): Relation | undefined {
  const table = bare(attribute(object, 'Table') ?? '');
  if (table === '') return undefined;
  const schema = bare(attribute(object, 'Schema') ?? '');
  const alias = bare(attribute(object, 'Alias') ?? '');
  return {
    ...(schema === '' ? {} : { schema }),
    // Temporary tables have their session's number behind many underscores.
    name: table.replace(/^(#.*?)_{5,}[0-9A-F]+$/, '$1'),
    ...(alias === '' ? {} : { alias }),
    kind: 'table',
  };
}

/** What is read and is no table has a name of its own. */
function readNamed(node: PlanNode, kind: Element): void {
  if (node.relation) return;
  if (node.op === 'ValuesScan') node.relation = { name: '*VALUES*', kind: 'values' };
  if (node.op !== 'FunctionScan') return;
  const [first] = columns(child(kind, 'DefinedValues'));
  const name = bare(attribute(child(kind, 'Object') ?? kind, 'Name') ?? first ?? '');
  if (name !== '') node.relation = { name, kind: 'function' };
}
