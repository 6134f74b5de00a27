import { dialectOf } from '../../dialects/index.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableName } from './facts/catalog-sql.ts';
import { endless, unboundedWrite } from './guard.ts';
import type { Guarded } from './guarded-text.ts';
import type { KnownTables } from './known-tables.ts';
import type { IsLoadable } from './loadable-functions.ts';
import type { Procedures } from './procedure.ts';
import type { Rights } from './rights.ts';
import { hangsOnMode } from './session-mode.ts';
import { type ShapedAt, tablesNamed, tablesPossible, tablesWritten } from './tables-named.ts';
import type { LockedTables, Variant, Via } from './variant.ts';

/** Whether a statement that has passed the guard may be sent. Pure. */
export interface Rules {
  via: Via;
  variant: Pick<Variant, 'name' | 'explainsWrites' | 'runsWhilePlanning'>;
  standby: boolean;
  awaited: LockedTables;
  /** Absent where nobody asked. */
  rights?: Rights | undefined;
  procedures?: Procedures | undefined;
  views?: ReadonlySet<string> | undefined;
  isLoadable?: IsLoadable | undefined;
}

/** Undefined: it may be sent. */
export function refusalOf(
  guarded: Guarded,
  schema: string,
  { facts, views, unread, remote, catalog, viewCalls }: Omit<KnownTables, 'behind'>,
  rules: Rules,
): Refusal | undefined {
  const { shape, possible, mayRun } = guarded.statement;
  const at = { shape, schema, possible };
  const unplanned = shape.kind === 'select' ? undefined : writesUnplanned(rules);
  if (unplanned !== undefined) return refused('not_explainable_statement', unplanned);
  const held = lockedTable(at, rules.awaited);
  if (held)
    return refused(
      'lock_timeout',
      `${held.schema}.${held.name} is locked, or someone waits to lock it`,
    );
  const [elsewhere] = remote;
  if (elsewhere)
    return refused(
      'remote_estimate',
      `${elsewhere.schema}.${elsewhere.name} is of ${elsewhere.engine}`,
    );
  if (unread)
    return refused(
      'not_explainable_statement',
      `what stands behind ${unread.schema}.${unread.name} is not known: it wants SHOW VIEW, ` +
        'has too long a text, or stands on too many views on views',
    );
  if (catalog && rules.variant.runsWhilePlanning && (mayRun || views.length > 0))
    return refused(
      'not_explainable_statement',
      `planning may run what reads ${catalog.schema}.${catalog.name}, which opens tables that it ` +
        'does not name, those of other servers too',
    );
  const foreign = [...guarded.statement.calls, ...viewCalls].find(
    (name) => rules.isLoadable?.(name) === true,
  );
  if (foreign !== undefined)
    return refused(
      'untrusted_function',
      `planning would run ${foreign}, which is not the server’s`,
    );
  const unended = viewCalls.find((name) => endless.has(name));
  if (unended !== undefined)
    return refused(
      'not_explainable_statement',
      `a view of it calls ${unended}, which planning may run, and nothing would end`,
    );
  if (rules.via === 'procedure') return refusalOfCall(guarded, at, rules);
  return shape.kind === 'select' ? undefined : refusalOfWrite(at, { facts, views }, rules);
}

/** Planning a write asks for the lock of one. */
function lockedTable(at: ShapedAt, { fromAll, fromWriters }: LockedTables): TableName | undefined {
  const named = ({ schema, name }: TableName) => `${schema}.${name}`;
  return (
    tablesPossible(at).find((table) => fromAll.has(named(table))) ??
    tablesWritten(at).find((table) => fromWriters.has('*') || fromWriters.has(named(table)))
  );
}

const unboundedRead =
  ' may stand a query of one row, which planning runs; ' +
  'in a procedure no limit of the server ends that';

function refusalOfCall(
  { statement, flags }: Guarded,
  at: ShapedAt,
  { variant, views, procedures }: Rules,
): Refusal | undefined {
  if (hangsOnMode(statement.sql, flags))
    return refused(
      'not_explainable_statement',
      'its session had ANSI_QUOTES, NO_BACKSLASH_ESCAPES or IGNORE_SPACE, the procedure has not',
    );
  const view = tablesPossible(at).find(({ schema, name }) => views?.has(`${schema}.${name}`));
  if (variant.runsWhilePlanning && (statement.mayRun || view))
    return refused(
      'not_explainable_statement',
      `${view ? `behind ${view.schema}.${view.name}` : 'in it'}${unboundedRead}`,
    );
  const home = at.schema || 'dbintel';
  return procedures?.homes.has(home)
    ? undefined
    : refused('insufficient_privilege', `${home}.safe_explain is not there`);
}

/** Why no write at all is planned; before what is said of one, that would not change it. */
function writesUnplanned({ via, variant, standby }: Rules): string | undefined {
  if (via === 'procedure') return 'the procedure explains SELECT only';
  if (!variant.explainsWrites)
    return `${dialectOf(variant.name).label} cannot plan a write without being allowed to write`;
  return standby ? 'the server is read-only, and plans no write' : undefined;
}

function refusalOfWrite(
  at: ShapedAt,
  { facts, views }: Pick<KnownTables, 'facts' | 'views'>,
  { rights }: Rules,
): Refusal | undefined {
  const right = at.shape.kind.toUpperCase();
  const denied = tablesWritten(at).find((table) => rights && !rights.has(right, table));
  if (denied)
    return refused('insufficient_privilege', `${right} on ${denied.schema}.${denied.name}`);
  // What is no table that we see may be a view, with a subquery in it.
  const view =
    views[0] ??
    tablesNamed(at).find(
      (table) => !facts.some((each) => each.schema === table.schema && each.name === table.name),
    );
  return (
    view &&
    refused(
      'not_explainable_statement',
      `${view.schema}.${view.name} is no table: ${unboundedWrite}`,
    )
  );
}
