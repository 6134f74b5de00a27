import type { DialectName, EngineName } from '../model/engine-name.ts';
import type { Fingerprint, Lossiness, Plan } from '../model/plan.ts';
import type { ColumnFacts, QueryStats, TableFacts } from '../model/statistics.ts';
import type { IndexKey } from './index-keys.ts';
import type { Resolve, Unread } from './reading.ts';

/**
 * What it takes to read a database's plans. Everything that would ask for its name asks its dialect
 * instead; `index.ts` lists them. Pure and browser-safe.
 */
export interface Dialect extends Habits {
  /**
   * From what EXPLAIN printed to a finished plan: read, totals, hash. Throws AppError: unparsable,
   * too_large; nothing else, whatever the text.
   */
  readPlan(text: string, source: PlanSource): Plan;
  /**
   * How surely a text is a plan that this engine printed: 0 (no) to 1 (nobody else prints this).
   * Throws nothing.
   */
  sniff(text: string): number;
  /** A statement without its literals. Throws nothing. */
  redact(statement: string): string;
}

/** What is known of a database without reading its plans: all that rules ask for. */
export interface Habits {
  readonly name: DialectName;
  /** As its makers write it: `PostgreSQL`. */
  readonly label: string;
  /** What of it is read, for people: `EXPLAIN as text, JSON, YAML or XML`. */
  readonly reads: string;
  readonly planner: PlannerHabits;
  /** Absent where it is only read: nobody could try what would be written. */
  readonly sql?: SqlWords;
  /** What to do in this database, where a rule says it in the words of another. */
  readonly advice?: { readonly statistics?: string; readonly memory?: string };
}

/** All that is known of an engine without connecting to it. */
export interface EngineDialect extends Dialect {
  readonly name: EngineName;
  /** Where the target names none. */
  readonly defaultPort: number;
  readonly sql: SqlWords;
  readonly telemetry: Telemetry;
  readonly spec: SpecAnswers;
  /** Those that the printed SQL is about where nobody names any. */
  readonly defaultSchemas: readonly string[];
}

export interface PlanSource {
  engineVersion: string;
  namespace: string;
  collectedAt: number;
  parameters: 'generic' | 'sampled';
  fingerprint: Fingerprint;
  queryText?: string;
  lossiness?: Lossiness[];
  /** Words of the statement's literals (`literalWords`): none of them is shown as a name. */
  literals?: ReadonlySet<string>;
  /** It was planned under ANSI_QUOTES: MySQL and MariaDB print "x" for a name then. */
  ansiQuotes?: boolean;
  /** For formats that print a table's alias and not its name. */
  resolve?: Resolve;
  /** Told what of the text has no place in the plan. */
  onUnread?: (unread: readonly Unread[]) => void;
}

/** SQL for people to run. Every text is complete and has its names quoted. */
export interface SqlWords {
  /** A name as it must be written, quoted where needed. */
  quote(name: string): string;
  /**
   * An index that is made while others read and write; undefined where it would not run, or not
   * help.
   */
  createIndex(
    table: TableFacts,
    keys: readonly IndexKey[],
    options?: { unique: boolean },
  ): string | undefined;
  /**
   * An index on what stands inside the column's values: `contained` in a document or an array,
   * `pattern`: pieces of a text. Undefined where the engine has none that an operator of the
   * statement could use as it stands.
   */
  invertedIndex(table: TableFacts, key: IndexKey, kind: InvertedKind): string | undefined;
  /** Without keeping others waiting, where that can be done. */
  dropIndex(table: TableName & Pick<TableFacts, 'partitioned'>, index: string): string;
  /** Statistics of the table are made anew. */
  analyzeTable(table: TableName): string;
  /** How many rows the server thinks there are, without reading the table. */
  estimateRows(table: Required<TableName>): string;
  /** Statistics of columns that depend on each other; undefined where there are none such. */
  columnsTogether?(table: TableFacts, columns: readonly string[]): string | undefined;
  /** A setting of one role alone, where the engine has such; no value: its own is undone. */
  setForRole?(role: string, setting: string, value?: string): string;
  /** Functions of one argument with the same result for ever: an index on the call can be had. */
  readonly indexableCalls: ReadonlySet<string>;
  /** What to do where an index on an expression cannot be written without knowing more. */
  readonly expressionIndexAdvice: string;
  /** The same for a pattern that may begin anywhere, and for what is taken out of a document. */
  readonly patternAdvice: string;
  readonly documentAdvice: string;
  /** To an index over the pieces of a text, where patterns may have their beginning. */
  readonly beginningRemark?: string;
  /** Of an index for some of the rows alone; absent where there is none such. */
  partialIndexAdvice?(keys: string, columns: string): string;
  /** What its indexes can be; absent where none is proposed for it. */
  readonly indexes?: IndexHabits;
}

export interface IndexHabits {
  /** Types whose values no ordered index is asked about. */
  readonly unordered: RegExp;
  /** Letters that are indexed of a column; undefined: the whole value is. */
  letters?(column: ColumnFacts): number | undefined;
  /** On expressions, partial, with columns beside the keys, and of other kinds than ordered. */
  readonly beyondColumns: boolean;
  /** In the planner's units: what costs less reads too little to be worth one. */
  readonly leastCost?: number;
  /** One can be hidden from the planner while it is kept: the first step of a drop. */
  readonly hides: boolean;
  /** A statement may name tables of any database: what is before the name is a database. */
  readonly acrossDatabases: boolean;
}

export type InvertedKind = 'contained' | 'pattern';

export interface TableName {
  schema?: string;
  name: string;
}

/** What the engine's planner does and its plans show, as far as rules depend on it. */
export interface PlannerHabits {
  /** LIMIT and OFFSET are nodes of the plan. */
  readonly showsLimit: boolean;
  /** A conversion of a column stands in the plan's conditions. */
  readonly showsConversions: boolean;
  /** An index of all the columns that are wanted is read from end to end in the table's place. */
  readonly scansIndexForTable: boolean;
  /** Rows that pass a condition on a column without an index are a fixed share, not an estimate. */
  readonly guessesFiltered: boolean;
  /** Rows found by a whole key are read while planning: values that find none leave no plan. */
  readonly readsWhilePlanning: boolean;
  /** Rows that are read to make a derived table are among those that a statement has examined. */
  readonly countsDerived: boolean;
  /** Of an index, rows without a value of one key come in the order of the next, as of a value. */
  readonly ordersBehindNull: boolean;
  /** The ends of each group are found by an index that is entered once a group. */
  readonly skipsGroups: boolean;
  /** All but some values are found as the ranges between them. */
  readonly seeksBetween: boolean;
  /** Nodes say how many bytes their rows have. */
  readonly showsWidth: boolean;
  /** Bytes of a page of a table. */
  readonly pageBytes: number;
}

export type Attributes = Record<string, string | number>;

/** OpenTelemetry's names, where the semantic conventions or the receivers in use have any. */
export interface Telemetry {
  /** `db.system.name`. */
  readonly system: string;
  statement(stats: QueryStats): Attributes;
  counts(stats: QueryStats): Attributes;
  /** Without JSON, what is said of a plan that is written elsewhere. */
  plan(json: string | undefined, hash: string): Attributes;
}

/** How EXPLAIN can be run: by the collector's own account, or by an object that has the rights. */
export const explainVias = ['direct', 'procedure', 'function'] as const;
export type ExplainVia = (typeof explainVias)[number];

/** What a target of this engine may and must say. */
export interface SpecAnswers {
  readonly explainVia: readonly ExplainVia[];
  /** Ways to log in that the engine has. */
  readonly loginMethods: readonly string[];
  /** The server's own databases: nothing in them is explained unless it is asked for. */
  readonly ownDatabases: readonly string[];
  /** What tells which indexes to have: plans made elsewhere from statistics, or rules alone. */
  readonly whatIf: 'statistics' | 'rules';
  /** Its counters of an index leave out who looked for what is not there. */
  readonly countsOnlyWhatIsFound?: true;
  /** A statement that names an index in a hint fails where that is hidden or gone. */
  readonly failsWithoutHinted?: true;
  readonly rules: readonly SpecRule[];
}

/** A rule over fields of the spec, once in TypeScript and once in CEL. */
export interface SpecRule {
  path: string[];
  message: string;
  cel: string;
  holds(spec: { connection: { database?: string | undefined } }): boolean;
}
