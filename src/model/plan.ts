import type { DialectName } from './engine-name.ts';

/**
 * The common plan: one model for every engine and every EXPLAIN format. Pure data, browser-safe, no
 * literal in it. Times are milliseconds, costs the engine's own units.
 */
export const planModel = 1;

/** A closed set; what a reader does not know becomes Unknown and is counted, never dropped. */
export const ops = [
  'SeqScan',
  'IndexScan',
  'IndexOnlyScan',
  'BitmapIndexScan',
  'BitmapHeapScan',
  'TidScan',
  'FunctionScan',
  'ValuesScan',
  'CteScan',
  'SubqueryScan',
  'ForeignScan',
  'CustomScan',
  'NestedLoop',
  'HashJoin',
  'MergeJoin',
  'Hash',
  'Sort',
  'IncrementalSort',
  'Aggregate',
  'Unique',
  'SetOp',
  'WindowAgg',
  'Limit',
  'Materialize',
  'Append',
  'Gather',
  'Exchange',
  'ForEach',
  'Filter',
  'Modify',
  'Result',
  'Unknown',
] as const;
export type Op = (typeof ops)[number];

export type ParentRelation =
  | 'outer'
  | 'inner'
  | 'member'
  | 'initplan'
  | 'subplan'
  | 'cte'
  | 'materialize';

export interface Predicate {
  /** Redacted. */
  text: string;
  columns: string[];
}

export interface Relation {
  schema?: string;
  name: string;
  alias?: string;
  kind: 'table' | 'function' | 'cte' | 'values';
}

export interface PlanNode {
  /** Position in preorder, 0 is the root. */
  id: number;
  parentRelation?: ParentRelation;
  op: Op;
  /** What the server calls it: `Gather Merge`, `Update`, `SetOp Except All`. */
  nativeOp: string;
  relation?: Relation;
  index?: { name: string; access: 'seek' | 'full' | 'covering' | 'bitmap'; backward?: boolean };
  /**
   * `buffered`: rows of the outer side are collected and the inner one is read once for each buffer
   * (MySQL, MariaDB).
   */
  join?: { type: string; condition: Predicate[]; buffered?: boolean };
  predicates: {
    index: Predicate[];
    filter: Predicate[];
    recheck: Predicate[];
    joinFilter: Predicate[];
  };
  sort?: { keys: string[]; presorted?: string[] };
  group?: { strategy: string; keys: string[]; phase?: string };
  /** As the server tells it from the plan's other ones: `InitPlan 1`, `SubPlan 2`, `CTE recent`. */
  subplanName?: string;
  /** Processes that work side by side share this node's work (PostgreSQL). */
  parallelAware?: boolean;
  /**
   * `filteredPct`: how much of what is read passes the conditions, 0..100, where the engine says.
   */
  est: {
    startupCost: number;
    totalCost: number;
    rows: number;
    width: number;
    filteredPct?: number;
  };
  act?: Actual;
  io?: {
    hit: number;
    read: number;
    dirtied: number;
    written: number;
    tempRead: number;
    tempWritten: number;
  };
  workers?: { planned: number; launched?: number };
  derived: Derived;
  children: PlanNode[];
  /** Keys that the reader does not know but that are safe: numbers and booleans only. */
  ext: Record<string, number | boolean>;
}

/**
 * Rows and times are averages of one loop, as PostgreSQL and MySQL say them; readers of other
 * formats convert. `derived` has the totals.
 */
export interface Actual {
  startupMs: number;
  totalMs: number;
  rows: number;
  loops: number;
  rowsRemovedByFilter?: number;
  rowsRemovedByRecheck?: number;
  heapFetches?: number;
  exactBlocks?: number;
  lossyBlocks?: number;
  sortSpaceKb?: number;
  sortOnDisk?: boolean;
  hashBatches?: number;
}

export interface Derived {
  /** What the whole plan pays for this node without its children, never below 0. */
  exclusiveCost: number;
  /** 0..1 of the plan's cost; of the rows that are read where no costs are printed. */
  costShare: number;
  /**
   * Elapsed time of this node without its children over all loops, never below 0; absent where
   * no times were measured. They sum to `totals.actualMs`, but for digits that are not printed.
   */
  exclusiveMs?: number;
  /** 0..1 of `totals.actualMs`. */
  timeShare?: number;
  /** Rows over all loops. */
  rowsTotal?: number;
  /**
   * max(estimate/actual, actual/estimate) of rows, at least 1; absent where nothing ran, and where
   * it was stopped before it had given all that was expected.
   */
  qError?: number;
}

export type Lossiness =
  | 'typing_unverified'
  /**
   * What was planned has another Query Identifier than the statement of the statistics: it may be
   * of other tables.
   */
  | 'identifier_differs'
  /** The server tells of a list that it had several members, not how many: rows are of two. */
  | 'list_length_unknown'
  /** The role has planner settings that could not be set for its statement. */
  | 'settings_differ'
  | 'rls_differs'
  | 'shared_fingerprint'
  | 'no_actuals'
  | 'unknown_nodes'
  /** The sample's values leave a part of the statement without a plan (MySQL, MariaDB). */
  | 'degenerate_part'
  /** The server prints no costs (MariaDB before 11): shares are of rows read. */
  | 'no_costs'
  /**
   * It holds what only its session knows: `@variable`, `||`, which is OR or a concatenation, or
   * the collation of `CAST(… AS CHAR)`.
   */
  | 'session_dependent';

export const sourceFormats = [
  'postgres-json',
  'postgres-text',
  'postgres-yaml',
  'postgres-xml',
  'mysql-json-v1',
  'mysql-json-v2',
  'mysql-tree',
  'mysql-table',
  'mariadb-json',
  'mariadb-table',
  'sqlserver-xml',
  'oracle-text',
] as const;
export type SourceFormat = (typeof sourceFormats)[number];

export interface PlanTotals {
  estCost: number;
  estRows: number;
  /** The root's, and what CTEs that write went on to do after it. */
  actualMs?: number;
  planningMs?: number;
  nodes: number;
  depth: number;
  jitFunctions?: number;
  jitMs?: number;
}

export interface Fingerprint {
  algorithm: string;
  value: string;
  /** The server's own id, exact: PostgreSQL's int8 as decimal text. */
  nativeId?: string;
}

export interface PlanHash {
  /** Which plan it is; partitions that are read alike are one. */
  shape: string;
  /** Tells partitions and planned workers apart. */
  full: string;
  /** `shape` as earlier versions had it (`ph1:`); absent in plans that those have kept. */
  before?: string;
}

export interface Plan {
  planModel: typeof planModel;
  engine: DialectName;
  engineVersion: string;
  sourceFormat: SourceFormat;
  mode: 'estimate' | 'actual';
  parameters: 'generic' | 'sampled';
  fingerprint: Fingerprint;
  /** Redacted; absent where the target keeps no text. */
  queryText?: string;
  hash: PlanHash;
  settings: Record<string, string>;
  /** Milliseconds since the epoch. */
  collectedAt: number;
  /** The database. */
  namespace: string;
  root: PlanNode;
  totals: PlanTotals;
  dominantOp: Op;
  /**
   * Indexes of which the server said that a comparison of other types or character sets keeps it
   * from using them (MySQL, MariaDB).
   */
  unusableIndexes?: { index: string; column: string }[];
  /** What the server itself would have, and says so in its plan (SQL Server). */
  suggestedIndexes?: SuggestedIndex[];
  /** What the server itself found wrong with its plan (SQL Server). */
  warnings?: ServerWarning[];
  lossiness: Lossiness[];
}

export interface SuggestedIndex {
  schema?: string;
  table: string;
  keys: string[];
  include: string[];
  /** 0..100 of the statement's cost that it expects to save. */
  savesPct: number;
  /** Complete, with names quoted. */
  sql: string;
}

export const warningKinds = [
  /** A conversion keeps an index from being searched. */
  'converted_seek',
  /** A conversion makes the estimate a guess. */
  'converted_estimate',
  'no_statistics',
  'no_join_condition',
  /** Far more memory was set aside than was used; `kb` has both. */
  'memory_unused',
  'memory_short',
] as const;

export interface ServerWarning {
  kind: (typeof warningKinds)[number];
  /** Of which it speaks; of the root where it is of the whole statement. */
  node: number;
  /** A condition or columns. Redacted. */
  text: string;
  columns: string[];
  /** Set aside, and used at most. */
  kb?: { granted: number; used: number };
}

/** The whole plan's cost; undefined where the server prints none. */
export const knownCost = ({ lossiness, totals }: Plan): number | undefined =>
  lossiness.includes('no_costs') ? undefined : totals.estCost;

/** By which conditions name its columns; empty: it reads no relation. */
export const aliasOf = ({ relation }: Pick<PlanNode, 'relation'>): string =>
  relation?.alias ?? relation?.name ?? '';

/** Every node, parents before children. */
export function preorder(root: PlanNode): PlanNode[] {
  const nodes: PlanNode[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i -= 1)
      waiting.push(node.children[i] as PlanNode);
  }
  return nodes;
}

/** The text of every predicate of a node, whatever its role. */
export const allPredicates = ({ predicates, join }: PlanNode): Predicate[] => [
  ...predicates.index,
  ...predicates.filter,
  ...predicates.recheck,
  ...predicates.joinFilter,
  ...(join?.condition ?? []),
];
