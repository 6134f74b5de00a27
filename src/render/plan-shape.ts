import { AppError } from '../base/errors.ts';
import { dialectNames } from '../model/engine-name.ts';
import {
  type Actual,
  type Lossiness,
  ops,
  type ParentRelation,
  type Plan,
  type PlanNode,
  type Predicate,
  planModel,
  type ServerWarning,
  type SuggestedIndex,
  sourceFormats,
  warningKinds,
} from '../model/plan.ts';

/**
 * A plan that came from somewhere else, checked field by field: what is drawn from it relies on its
 * types. Without zod, which is four times as large as all that draws. Lists and records that are
 * left out are empty; fields that are not known are left behind.
 */
type Read<T> = (value: unknown) => T;
/** Optional fields may be read as undefined, and are left out then. */
type Fields<T> = {
  [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Read<T[K] | undefined> : Read<T[K]>;
};

const damaged = (what: string) => new AppError('unparsable', `not a packed plan: ${what}`);

const number: Read<number> = (value) => {
  if (typeof value !== 'number') throw damaged('a number is missing');
  return value;
};
const text: Read<string> = (value) => {
  if (typeof value !== 'string') throw damaged('a text is missing');
  return value;
};
const flag: Read<boolean> = (value) => {
  if (typeof value !== 'boolean') throw damaged('a yes or no is missing');
  return value;
};
const oneOf =
  <T extends string>(words: readonly T[]): Read<T> =>
  (value) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw damaged('it has a word that is not known');
    return found;
  };
const list =
  <T>(of: Read<T>): Read<T[]> =>
  (value = []) => {
    if (!Array.isArray(value)) throw damaged('a list is something else');
    return value.map(of);
  };
/** Undefined where it is left out. A reader of lists would make an empty one of it. */
const maybe =
  <T>(of: Read<T>): Read<T | undefined> =>
  (value) =>
    value === undefined ? undefined : of(value);
const pairs = (value: unknown = {}): [string, unknown][] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('a record is something else');
  return Object.entries(value);
};
/** `__proto__` becomes a key like others. */
const record =
  <T>(of: Read<T>): Read<Record<string, T>> =>
  (value) =>
    Object.fromEntries(pairs(value).map(([key, each]) => [key, of(each)]));
const object =
  <T>(fields: Fields<T>): Read<T> =>
  (value) => {
    const given = new Map(pairs(value));
    const found = Object.entries<Read<unknown>>(fields).flatMap(([key, read]) => {
      const each = read(given.get(key));
      return each === undefined ? [] : [[key, each] as const];
    });
    return Object.fromEntries(found) as T;
  };

const parentRelations = Object.keys({
  outer: 0,
  inner: 0,
  member: 0,
  initplan: 0,
  subplan: 0,
  cte: 0,
  materialize: 0,
} satisfies Record<ParentRelation, 0>) as ParentRelation[];
const lossinesses = Object.keys({
  typing_unverified: 0,
  identifier_differs: 0,
  list_length_unknown: 0,
  settings_differ: 0,
  rls_differs: 0,
  shared_fingerprint: 0,
  no_actuals: 0,
  unknown_nodes: 0,
  degenerate_part: 0,
  no_costs: 0,
  session_dependent: 0,
} satisfies Record<Lossiness, 0>) as Lossiness[];

const some = maybe(number);
const texts = list(text);
const predicates = list(object<Predicate>({ text, columns: texts }));

const actual = object<Actual>({
  startupMs: number,
  totalMs: number,
  rows: number,
  loops: number,
  rowsRemovedByFilter: some,
  rowsRemovedByRecheck: some,
  heapFetches: some,
  exactBlocks: some,
  lossyBlocks: some,
  sortSpaceKb: some,
  sortOnDisk: maybe(flag),
  hashBatches: some,
});

/** A node without those below it: where it stands is said by the list that it is in. */
export type BareNode = Omit<PlanNode, 'id' | 'children'>;
export interface LevelledNode extends BareNode {
  /** 0 is the root. */
  level: number;
}

const node = object<LevelledNode>({
  level: number,
  op: oneOf(ops),
  nativeOp: text,
  parentRelation: maybe(oneOf(parentRelations)),
  relation: maybe(
    object<NonNullable<PlanNode['relation']>>({
      schema: maybe(text),
      name: text,
      alias: maybe(text),
      kind: oneOf(['table', 'function', 'cte', 'values']),
    }),
  ),
  index: maybe(
    object<NonNullable<PlanNode['index']>>({
      name: text,
      access: oneOf(['seek', 'full', 'covering', 'bitmap']),
      backward: maybe(flag),
    }),
  ),
  join: maybe(
    object<NonNullable<PlanNode['join']>>({
      type: text,
      condition: predicates,
      buffered: maybe(flag),
    }),
  ),
  predicates: object<PlanNode['predicates']>({
    index: predicates,
    filter: predicates,
    recheck: predicates,
    joinFilter: predicates,
  }),
  sort: maybe(object<NonNullable<PlanNode['sort']>>({ keys: texts, presorted: maybe(texts) })),
  group: maybe(
    object<NonNullable<PlanNode['group']>>({ strategy: text, keys: texts, phase: maybe(text) }),
  ),
  subplanName: maybe(text),
  parallelAware: maybe(flag),
  est: object<PlanNode['est']>({
    startupCost: number,
    totalCost: number,
    rows: number,
    width: number,
    filteredPct: some,
  }),
  act: maybe(actual),
  io: maybe(
    object<NonNullable<PlanNode['io']>>({
      hit: number,
      read: number,
      dirtied: number,
      written: number,
      tempRead: number,
      tempWritten: number,
    }),
  ),
  workers: maybe(object<NonNullable<PlanNode['workers']>>({ planned: number, launched: some })),
  derived: object<PlanNode['derived']>({
    exclusiveCost: number,
    costShare: number,
    exclusiveMs: some,
    timeShare: some,
    rowsTotal: some,
    qError: some,
  }),
  ext: record((value) => (typeof value === 'boolean' ? value : number(value))),
});

/** A plan whose nodes stand in one list, parents before children: as deep as anyone's stack. */
export interface FlatPlan extends Omit<Plan, 'root'> {
  nodes: LevelledNode[];
}

/** Throws AppError('unparsable'). */
export const readFlatPlan: Read<FlatPlan> = object<FlatPlan>({
  planModel: (value) => {
    if (value !== planModel) throw damaged('it is of another version');
    return planModel;
  },
  engine: oneOf(dialectNames),
  engineVersion: text,
  sourceFormat: oneOf(sourceFormats),
  mode: oneOf(['estimate', 'actual']),
  parameters: oneOf(['generic', 'sampled']),
  fingerprint: object<Plan['fingerprint']>({
    algorithm: text,
    value: text,
    nativeId: maybe(text),
  }),
  queryText: maybe(text),
  hash: object<Plan['hash']>({ shape: text, full: text, before: maybe(text) }),
  settings: record(text),
  collectedAt: number,
  namespace: text,
  nodes: list(node),
  totals: object<Plan['totals']>({
    estCost: number,
    estRows: number,
    actualMs: some,
    planningMs: some,
    nodes: number,
    depth: number,
    jitFunctions: some,
    jitMs: some,
  }),
  dominantOp: oneOf(ops),
  unusableIndexes: maybe(
    list(
      object<{ index: string; column: string }>({
        index: text,
        column: text,
      }),
    ),
  ),
  suggestedIndexes: maybe(
    list(
      object<SuggestedIndex>({
        schema: maybe(text),
        table: text,
        keys: list(text),
        include: list(text),
        savesPct: number,
        sql: text,
      }),
    ),
  ),
  warnings: maybe(
    list(
      object<ServerWarning>({
        kind: oneOf(warningKinds),
        node: number,
        text,
        columns: list(text),
        kb: maybe(object<NonNullable<ServerWarning['kb']>>({ granted: number, used: number })),
      }),
    ),
  ),
  lossiness: list(oneOf(lossinesses)),
});
