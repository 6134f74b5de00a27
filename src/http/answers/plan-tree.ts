import * as z from 'zod';
import { dialectNames } from '../../model/engine-name.ts';
import {
  type Actual,
  type Derived,
  ops,
  type Plan,
  type PlanHash,
  type PlanNode,
  type PlanTotals,
  type ServerWarning,
  type SuggestedIndex,
  sourceFormats,
  warningKinds,
} from '../../model/plan.ts';
import { type Fields, time } from './common.ts';

/** The common plan (model/plan.ts) as the API gives it: every field of it, and no other. */
const optional = z.number().exactOptional();
const predicates = z.array(z.object({ text: z.string(), columns: z.array(z.string()) }));

const actual = z.object({
  startupMs: z.number(),
  totalMs: z.number(),
  rows: z.number(),
  loops: z.number(),
  rowsRemovedByFilter: optional,
  rowsRemovedByRecheck: optional,
  heapFetches: optional,
  exactBlocks: optional,
  lossyBlocks: optional,
  sortSpaceKb: optional,
  sortOnDisk: z.boolean().exactOptional(),
  hashBatches: optional,
} satisfies Fields<Actual>);

const derived = z.object({
  exclusiveCost: z.number(),
  costShare: z.number().describe('0..1 of the plan’s total.'),
  exclusiveMs: optional,
  timeShare: optional,
  rowsTotal: optional,
  qError: optional,
} satisfies Fields<Derived>);

const io = z.object({
  hit: z.number(),
  read: z.number(),
  dirtied: z.number(),
  written: z.number(),
  tempRead: z.number(),
  tempWritten: z.number(),
} satisfies Fields<NonNullable<PlanNode['io']>>);

const relation = z.object({
  schema: z.string().exactOptional(),
  name: z.string(),
  alias: z.string().exactOptional(),
  kind: z.enum(['table', 'function', 'cte', 'values']),
} satisfies Fields<NonNullable<PlanNode['relation']>>);

const index = z.object({
  name: z.string(),
  access: z.enum(['seek', 'full', 'covering', 'bitmap']),
  backward: z.boolean().exactOptional(),
} satisfies Fields<NonNullable<PlanNode['index']>>);

const estimate = z.object({
  startupCost: z.number(),
  totalCost: z.number(),
  rows: z.number(),
  width: z.number(),
  filteredPct: optional,
} satisfies Fields<PlanNode['est']>);

const parentRelation = z.enum([
  'outer',
  'inner',
  'member',
  'initplan',
  'subplan',
  'cte',
  'materialize',
]);

const nodeFields = {
  id: z.number().describe('Position in preorder, 0 is the root.'),
  parentRelation: parentRelation.exactOptional(),
  op: z.enum(ops),
  nativeOp: z.string(),
  relation: relation.exactOptional(),
  index: index.exactOptional(),
  join: z
    .object({ type: z.string(), condition: predicates, buffered: z.boolean().exactOptional() })
    .exactOptional(),
  predicates: z.object({
    index: predicates,
    filter: predicates,
    recheck: predicates,
    joinFilter: predicates,
  } satisfies Fields<PlanNode['predicates']>),
  sort: z
    .object({ keys: z.array(z.string()), presorted: z.array(z.string()).exactOptional() })
    .exactOptional(),
  group: z
    .object({ strategy: z.string(), keys: z.array(z.string()), phase: z.string().exactOptional() })
    .exactOptional(),
  subplanName: z.string().exactOptional(),
  parallelAware: z.boolean().exactOptional(),
  est: estimate,
  act: actual.exactOptional(),
  io: io.exactOptional(),
  workers: z.object({ planned: z.number(), launched: optional }).exactOptional(),
  derived,
  ext: z.record(z.string(), z.union([z.number(), z.boolean()])),
} satisfies Fields<Omit<PlanNode, 'children'>>;

export const planNode: z.ZodType<PlanNode> = z
  .object({
    ...nodeFields,
    get children() {
      return z.array(planNode);
    },
  })
  .meta({ id: 'PlanNode' });

const totals = z.object({
  estCost: z.number(),
  estRows: z.number(),
  actualMs: optional,
  planningMs: optional,
  nodes: z.number(),
  depth: z.number(),
  jitFunctions: optional,
  jitMs: optional,
} satisfies Fields<PlanTotals>);

const lossiness = z.enum([
  'typing_unverified',
  'identifier_differs',
  'list_length_unknown',
  'settings_differ',
  'rls_differs',
  'shared_fingerprint',
  'no_actuals',
  'unknown_nodes',
  'degenerate_part',
  'no_costs',
  'session_dependent',
]);

const suggestedIndex = z.object({
  schema: z.string().exactOptional(),
  table: z.string(),
  keys: z.array(z.string()),
  include: z.array(z.string()),
  savesPct: z.number(),
  sql: z.string(),
} satisfies Fields<SuggestedIndex>);

const warning = z.object({
  kind: z.enum(warningKinds),
  node: z.number(),
  text: z.string(),
  columns: z.array(z.string()),
  kb: z.object({ granted: z.number(), used: z.number() }).exactOptional(),
} satisfies Fields<ServerWarning>);

export const planTree = z
  .object({
    planModel: z.literal(1),
    engine: z.enum(dialectNames),
    engineVersion: z.string(),
    sourceFormat: z.enum(sourceFormats),
    mode: z.enum(['estimate', 'actual']),
    parameters: z.enum(['generic', 'sampled']),
    fingerprint: z.object({
      algorithm: z.string(),
      value: z.string(),
      nativeId: z.string().exactOptional(),
    } satisfies Fields<Plan['fingerprint']>),
    queryText: z.string().exactOptional().describe('Redacted.'),
    hash: z.object({
      shape: z.string(),
      full: z.string(),
      before: z.string().exactOptional().describe('`shape` as earlier versions had it.'),
    } satisfies Fields<PlanHash>),
    settings: z.record(z.string(), z.string()),
    collectedAt: time,
    namespace: z.string().describe('The database.'),
    root: planNode,
    totals,
    dominantOp: z.enum(ops),
    unusableIndexes: z.array(z.object({ index: z.string(), column: z.string() })).exactOptional(),
    suggestedIndexes: z.array(suggestedIndex).exactOptional(),
    warnings: z.array(warning).exactOptional(),
    lossiness: z.array(lossiness),
  } satisfies Fields<Plan>)
  .describe('The common plan with its tree.');
