import { dictionary } from '../../base/dictionary.ts';
import { AppError } from '../../base/errors.ts';
import type {
  Actual,
  Op,
  ParentRelation,
  PlanNode,
  Predicate,
  Relation,
} from '../../model/plan.ts';
import { columnsOf } from '../expression.ts';
import { brokenJson } from '../json-pairs.ts';
import { type Reading, unknownSteps } from '../reading.ts';
import { redactSql, redactTokens } from './redact.ts';
import { readExpression, subplanName } from './subplans.ts';

/**
 * `EXPLAIN (FORMAT JSON)` of PostgreSQL 14–18, estimated or actual, → nodes of the common plan. A
 * typed allow-list: each key is known and redacted where it holds an expression; of unknown keys
 * only numbers and booleans are kept.
 */
const nativeOps = dictionary<Op>({
  'Seq Scan': 'SeqScan',
  'Sample Scan': 'SeqScan',
  'Index Scan': 'IndexScan',
  'Index Only Scan': 'IndexOnlyScan',
  'Bitmap Index Scan': 'BitmapIndexScan',
  'Bitmap Heap Scan': 'BitmapHeapScan',
  BitmapAnd: 'BitmapIndexScan',
  BitmapOr: 'BitmapIndexScan',
  'Tid Scan': 'TidScan',
  'Tid Range Scan': 'TidScan',
  'Function Scan': 'FunctionScan',
  'Table Function Scan': 'FunctionScan',
  'Values Scan': 'ValuesScan',
  'CTE Scan': 'CteScan',
  'WorkTable Scan': 'CteScan',
  'Named Tuplestore Scan': 'CteScan',
  'Subquery Scan': 'SubqueryScan',
  'Foreign Scan': 'ForeignScan',
  'Custom Scan': 'CustomScan',
  'Nested Loop': 'NestedLoop',
  'Hash Join': 'HashJoin',
  'Merge Join': 'MergeJoin',
  Hash: 'Hash',
  Sort: 'Sort',
  'Incremental Sort': 'IncrementalSort',
  Aggregate: 'Aggregate',
  Group: 'Aggregate',
  Unique: 'Unique',
  SetOp: 'SetOp',
  WindowAgg: 'WindowAgg',
  Limit: 'Limit',
  Materialize: 'Materialize',
  Memoize: 'Materialize',
  Append: 'Append',
  'Merge Append': 'Append',
  'Recursive Union': 'Append',
  Gather: 'Gather',
  'Gather Merge': 'Gather',
  ModifyTable: 'Modify',
  LockRows: 'Modify',
  Result: 'Result',
  ProjectSet: 'Result',
});

const relations = dictionary<ParentRelation>({
  Outer: 'outer',
  Inner: 'inner',
  Member: 'member',
  InitPlan: 'initplan',
  SubPlan: 'subplan',
  Subquery: 'outer',
});

type Raw = Record<string, unknown>;

/** What EXPLAIN tells of one statement, in the words of FORMAT JSON. */
export type Document = Raw & { Plan: Raw };

/** Throws AppError('unparsable') for what is not one JSON plan of PostgreSQL. */
export const readPostgresJson = (json: string): Reading => readDocument(parse(json));

/** Throws AppError('unparsable') for a plan with a node that is none. */
export function readDocument(top: Document): Reading {
  const state: State = { id: 0, unknownNodes: 0, unread: new Set() };
  for (const key in top) if (!ofWhole.has(key)) state.unread.add(key);
  const root = readNode(top.Plan, undefined, state);
  const jit = top['JIT'] as
    | { Functions?: number; Timing?: { Total?: number } | null }
    | null
    | undefined;
  const settings = Object.entries(top['Settings'] ?? {}).filter(
    ([name, value]) => isSafeSetting(name) && typeof value === 'string',
  );
  return {
    root,
    ...optionalNumber('planningMs', top['Planning Time']),
    ...optionalNumber('jitFunctions', jit?.Functions),
    ...optionalNumber('jitMs', jit?.Timing?.Total),
    ...(typeof top['Query Text'] === 'string' ? { queryText: redactSql(top['Query Text']) } : {}),
    settings: Object.fromEntries(settings),
    mode: root.act ? 'actual' : 'estimate',
    unknownNodes: state.unknownNodes,
    unread: [...[...state.unread].map((piece) => ({ piece })), ...unknownSteps(root)],
  };
}

interface State {
  id: number;
  unknownNodes: number;
  /** Keys of the server's that have no place. */
  unread: Set<string>;
}

/** What is printed once, of the plan as a whole. */
const ofWhole = new Set(
  (
    'Plan|Planning Time|Execution Time|Total Runtime|Settings|JIT|Triggers|Query Text|' +
    'Query Identifier|Query Parameters|Planning|Serialization'
  ).split('|'),
);

/** Planner settings only: search_path and custom settings could carry names that are someone's. */
const safeSettings = [
  ...'enable_ cpu_ random_page_cost seq_page_cost parallel_ max_parallel min_parallel'.split(' '),
  ...'work_mem hash_mem_multiplier maintenance_work_mem temp_buffers effective_ jit'.split(' '),
  ...'geqo from_collapse join_collapse constraint_exclusion plan_cache_mode'.split(' '),
  ...'cursor_tuple_fraction recursive_worktable_factor debug_parallel_query'.split(' '),
];
const isSafeSetting = (name: string) => safeSettings.some((each) => name.startsWith(each));

/**
 * What a text holds, if it is the plan of one statement: an object, or a list of one. Throws
 * AppError('unparsable').
 */
export function oneDocument(found: unknown, format: string): Document {
  const list = listOf(found);
  const [top] = list;
  if (list.length > 1 && list.every(holdsPlan))
    throw new AppError('unparsable', `${list.length} plans in one text: give one at a time`);
  if (list.length > 1 || !isObject(top) || !isNode(top['Plan'])) throw notOurs(format);
  return { ...top, Plan: top['Plan'] };
}

const listOf = (found: unknown): unknown[] => (Array.isArray(found) ? found : [found]);
const holdsPlan = (each: unknown) => isObject(each) && isNode(each['Plan']);

function parse(json: string): Document {
  let found: unknown;
  try {
    found = JSON.parse(json);
  } catch (error) {
    throw brokenJson(json) ?? notOurs('JSON', error);
  }
  return oneDocument(found, 'JSON');
}

const notOurs = (format: string, cause?: unknown) =>
  new AppError('unparsable', `not a ${format} plan of PostgreSQL`, { cause });

const isObject = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNode = (value: unknown): value is Raw =>
  isObject(value) && typeof value['Node Type'] === 'string';

/** Nobody else prints such nodes. */
export function sniffPostgresJson(text: string): number {
  try {
    return listOf(JSON.parse(text)).some(holdsPlan) ? 1 : 0;
  } catch {
    return 0;
  }
}

const optionalNumber = <K extends string>(key: K, value: unknown) =>
  typeof value === 'number' && Number.isFinite(value)
    ? ({ [key]: value } as Record<K, number>)
    : {};

/**
 * Fields are assigned one by one: spreading optional ones made ten thousand nodes twice as slow.
 */
function readNode(raw: Raw, cteOwner: string | undefined, state: State): PlanNode {
  const nativeOp = String(raw['Node Type']);
  const op = nativeOps[nativeOp] ?? 'Unknown';
  if (op === 'Unknown') state.unknownNodes += 1;
  const node: PlanNode = {
    id: state.id++,
    op,
    nativeOp: nativeName(nativeOp, raw),
    predicates: {
      index: predicates(raw['Index Cond'] ?? raw['TID Cond']),
      filter: raw['One-Time Filter']
        ? [...predicates(raw['Filter']), ...predicates(raw['One-Time Filter'])]
        : predicates(raw['Filter']),
      recheck: predicates(raw['Recheck Cond']),
      joinFilter: predicates(raw['Join Filter']),
    },
    est: {
      startupCost: num(raw['Startup Cost']),
      totalCost: num(raw['Total Cost']),
      rows: num(raw['Plan Rows']),
      width: num(raw['Plan Width']),
    },
    derived: { exclusiveCost: 0, costShare: 0 },
    children: [],
    ext: readExt(raw, state.unread),
  };
  const parentRelation = cteOwner ? 'cte' : relations[String(raw['Parent Relationship'])];
  if (parentRelation) node.parentRelation = parentRelation;
  const relation = readRelation(raw);
  if (relation) node.relation = relation;
  const index = readIndex(raw, op);
  if (index) node.index = index;
  if (typeof raw['Join Type'] === 'string')
    node.join = {
      type: raw['Join Type'].toLowerCase(),
      condition: predicates(raw['Hash Cond'] ?? raw['Merge Cond']),
    };
  if (Array.isArray(raw['Sort Key']))
    node.sort = {
      keys: expressions(raw['Sort Key']),
      ...(raw['Presorted Key'] ? { presorted: expressions(raw['Presorted Key']) } : {}),
    };
  if (op === 'Aggregate' || op === 'SetOp') node.group = readGroup(raw);
  if (raw['Parallel Aware'] === true) node.parallelAware = true;
  if (typeof raw['Subplan Name'] === 'string') node.subplanName = subplanName(raw['Subplan Name']);
  const act = readActual(raw);
  if (act) node.act = act;
  const io = readBuffers(raw);
  if (io) node.io = io;
  if (typeof raw['Workers Planned'] === 'number')
    node.workers = {
      planned: raw['Workers Planned'],
      ...optionalNumber('launched', raw['Workers Launched']),
    };
  for (const child of childrenOf(raw)) {
    const subplan =
      typeof child['Subplan Name'] === 'string' && child['Subplan Name'].startsWith('CTE ')
        ? child['Subplan Name']
        : undefined;
    node.children.push(readNode(child, subplan, state));
  }
  return node;
}

/** What a ModifyTable and a SetOp do is a key of its own; text plans print it as their name. */
function nativeName(name: string, { Operation: operation, Command: command }: Raw): string {
  if (name === 'ModifyTable' && isWords(operation)) return operation;
  if (name === 'SetOp' && isWords(command)) return `SetOp ${command}`;
  return nativeOps[name] ? name : name.slice(0, 40);
}
const isWords = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z][A-Za-z ]{0,19}$/.test(value);

/** Throws AppError('unparsable') for what is no list of nodes. */
function childrenOf({ Plans: plans = [] }: Raw): readonly Raw[] {
  if (!Array.isArray(plans) || !plans.every(isNode))
    throw new AppError('unparsable', 'a plan with a node that is none');
  return plans;
}

const num = (value: unknown): number => (typeof value === 'number' ? value : 0);
const none = Object.freeze([]) as unknown as Predicate[];
function predicates(value: unknown): Predicate[] {
  if (typeof value !== 'string') return none;
  const { tokens, columns } = readExpression(value);
  return [{ text: redactTokens(tokens), columns: columnsOf(columns) }];
}
const expressions = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map((each) => redactTokens(readExpression(String(each)).tokens))
    : [];

function readRelation(raw: Raw): Relation | undefined {
  const alias = typeof raw['Alias'] === 'string' ? { alias: raw['Alias'] } : {};
  const schema = typeof raw['Schema'] === 'string' ? { schema: raw['Schema'] } : {};
  if (typeof raw['Relation Name'] === 'string')
    return { ...schema, name: raw['Relation Name'], ...alias, kind: 'table' };
  if (typeof raw['Function Name'] === 'string')
    return { ...schema, name: raw['Function Name'], ...alias, kind: 'function' };
  if (typeof raw['CTE Name'] === 'string') return { name: raw['CTE Name'], ...alias, kind: 'cte' };
  if (raw['Node Type'] === 'Values Scan') return { name: '*VALUES*', ...alias, kind: 'values' };
  return undefined;
}

function readIndex(raw: Raw, op: Op): PlanNode['index'] | undefined {
  if (typeof raw['Index Name'] !== 'string') return undefined;
  const seek = raw['Index Cond'] !== undefined;
  const access =
    op === 'IndexOnlyScan'
      ? 'covering'
      : op === 'BitmapIndexScan'
        ? 'bitmap'
        : seek
          ? 'seek'
          : 'full';
  return {
    name: raw['Index Name'],
    access,
    ...(raw['Scan Direction'] === 'Backward' ? { backward: true } : {}),
  };
}

function readGroup(raw: Raw): NonNullable<PlanNode['group']> {
  const phase =
    typeof raw['Partial Mode'] === 'string' && raw['Partial Mode'] !== 'Simple'
      ? { phase: raw['Partial Mode'] }
      : {};
  return {
    strategy: String(raw['Strategy'] ?? 'Plain'),
    keys: expressions(raw['Group Key']),
    ...phase,
  };
}

function readActual(raw: Raw): Actual | undefined {
  if (typeof raw['Actual Loops'] !== 'number') return undefined;
  return {
    startupMs: num(raw['Actual Startup Time']),
    totalMs: num(raw['Actual Total Time']),
    rows: num(raw['Actual Rows']),
    loops: raw['Actual Loops'],
    ...optionalNumber('rowsRemovedByFilter', raw['Rows Removed by Filter']),
    ...optionalNumber('rowsRemovedByRecheck', raw['Rows Removed by Index Recheck']),
    ...optionalNumber('heapFetches', raw['Heap Fetches']),
    ...optionalNumber('exactBlocks', raw['Exact Heap Blocks']),
    ...optionalNumber('lossyBlocks', raw['Lossy Heap Blocks']),
    ...optionalNumber('sortSpaceKb', raw['Sort Space Used']),
    ...(raw['Sort Space Type'] === 'Disk' ? { sortOnDisk: true } : {}),
    ...optionalNumber('hashBatches', raw['Hash Batches']),
  };
}

function readBuffers(raw: Raw): PlanNode['io'] {
  if (typeof raw['Shared Hit Blocks'] !== 'number') return undefined;
  const blocks = (kind: string) => num(raw[`Shared ${kind} Blocks`]);
  return {
    hit: blocks('Hit'),
    read: blocks('Read'),
    dirtied: blocks('Dirtied'),
    written: blocks('Written'),
    tempRead: num(raw['Temp Read Blocks']),
    tempWritten: num(raw['Temp Written Blocks']),
  };
}

const knownKeys = new Set(
  (
    'Node Type|Parent Relationship|Subplan Name|Relation Name|Schema|Alias|Function Name|' +
    'CTE Name|Index Name|Scan Direction|Index Cond|TID Cond|Filter|One-Time Filter|Recheck Cond|' +
    'Join Filter|Hash Cond|Merge Cond|Join Type|Sort Key|Presorted Key|Group Key|Strategy|' +
    'Partial Mode|Startup Cost|Total Cost|Plan Rows|Plan Width|Actual Startup Time|' +
    'Actual Total Time|Actual Rows|Actual Loops|Rows Removed by Filter|' +
    'Rows Removed by Index Recheck|Heap Fetches|Exact Heap Blocks|Lossy Heap Blocks|' +
    'Sort Space Used|Sort Space Type|Hash Batches|Workers Planned|Workers Launched|Plans|Output|' +
    'Shared Hit Blocks|Shared Read Blocks|Shared Dirtied Blocks|Shared Written Blocks|' +
    'Temp Read Blocks|Temp Written Blocks|Workers|Operation|Disabled|Command|Parallel Aware|' +
    'Async Capable'
  ).split('|'),
);
/** What nothing is made of, and people find in the text: methods, keys of caches, what was run. */
const leftOut = new Set(
  (
    'Sort Method|Cache Key|Cache Mode|Function Call|Table Function Call|Table Function Name|' +
    'Tuplestore Name|Full-sort Groups|Pre-sorted Groups|Storage|Maximum Storage|Grouping Sets|' +
    'Conflict Resolution|Conflict Arbiter Indexes|Conflict Filter|Target Tables|Remote SQL|' +
    'Sampling Method|Sampling Parameters|Repeatable Seed|Order By|Window|Run Condition|Hash Key|' +
    'Custom Plan Provider|Relations|JIT|Worker Number|Foreign File|Foreign Program|' +
    'Params Evaluated|' +
    'Chunks excluded during startup|Buffers|I/O Timings|Full-sort Group|Pre-sorted Group|' +
    'Incremental Sort Groups|Hits|Misses|' +
    'Tuples|WAL|Estimates'
  ).split('|'),
);
const extLimit = 16;

function readExt(raw: Raw, unread: Set<string>): Record<string, number | boolean> {
  const ext: Record<string, number | boolean> = {};
  for (const key in raw) {
    if (knownKeys.has(key)) continue;
    const value = raw[key];
    const safe =
      (typeof value === 'number' || typeof value === 'boolean') &&
      /^[A-Za-z][A-Za-z -]{0,40}$/.test(key);
    if (safe && Object.keys(ext).length < extLimit) ext[key] = value;
    else if (typeof value === 'string' || typeof value === 'object') noteUnread(key, unread);
  }
  return ext;
}

function noteUnread(key: string, unread: Set<string>): void {
  if (!leftOut.has(key) && /^[A-Za-z][A-Za-z0-9 /_-]{0,60}$/.test(key)) unread.add(key);
}
