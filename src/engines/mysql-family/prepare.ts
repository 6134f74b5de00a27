import { parseSize } from '../../base/quantity.ts';
import { redactMysql } from '../../dialects/mysql-family/text.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { Prepared, ReadyStatement, StatementRef } from '../engine.ts';
import type { ExplainJob } from './explain.ts';
import { shapeOfDigest } from './guard.ts';
import { type Guarded, guardText, type Shared } from './guarded-text.ts';
import { type KnownTables, nothingKnown, tablesOf } from './known-tables.ts';
import { readLoadable } from './loadable-functions.ts';
import { type FamilySession, viaOf } from './opened.ts';
import { readProcedures, readViews } from './procedure.ts';
import { type Rules, refusalOf } from './refusal.ts';
import { readRights } from './rights.ts';
import { settingsOf } from './server-settings.ts';
import { tablesNamed } from './tables-named.ts';
import { type KnownText, nothingLocked, type Server } from './variant.ts';

/**
 * Statements → what may be explained of them: gather their texts, and what the tables of those that
 * pass the guard are like; then decide.
 */
export async function prepare(
  session: FamilySession,
  statements: readonly StatementRef[],
): Promise<Prepared[]> {
  const { known, control, target, timeout_ms } = session;
  const { variant, identity } = known;
  const bytes = parseSize(target.spec.safety.limits.queryText);
  const texts = await variant.texts(control, statements, identity, timeout_ms);
  const found = statements.map((statement): FoundOut => {
    const text = texts.get(statement.key);
    const guarded = guardText(text, identity, bytes);
    const shape = shapeOf(guarded, text, identity);
    return { statement, text, guarded, shape, ...nothingKnown };
  });
  const shaped = found.filter(hasTables);
  const tables = await tablesOf(
    session,
    shaped.map(({ shape, guarded, statement }) => ({
      shape,
      schema: statement.database,
      ...(guarded.kind === 'guarded' ? { possible: guarded.statement.possible } : {}),
    })),
  );
  const tablesFor = new Map<FoundOut, KnownTables>(
    shaped.map((each, i) => [each, tables[i] as KnownTables]),
  );
  const all = found.map((each) => ({ ...each, ...tablesFor.get(each) }));
  const rules = await rulesFor(session, all);
  const keepsText = target.spec.privacy.queryText !== 'none';
  const settings = settingsOf(identity.row, variant.ownSettings);
  return all.map((each) =>
    preparedOf(each, rules, {
      algorithm: `${variant.name}-digest`,
      keepsText,
      settings,
    }),
  );
}

interface FoundOut extends KnownTables {
  statement: StatementRef;
  text: KnownText | undefined;
  guarded: Guarded | Shared | Refusal;
  /** Of a text that may not be sent: as its digest has it. */
  shape: QueryShape | undefined;
}

function shapeOf(
  guarded: Guarded | Shared | Refusal,
  text: KnownText | undefined,
  server: Server,
): QueryShape | undefined {
  if (guarded.kind === 'guarded') return guarded.statement.shape;
  return guarded.kind === 'shared' ? undefined : text && shapeOfDigest(text.digestText, server);
}

/** Of a read that has no plan, its tables alone tell nothing. */
const hasTables = (found: FoundOut): found is FoundOut & { shape: QueryShape } =>
  found.shape !== undefined &&
  (found.guarded.kind === 'guarded' || (found.shape.writes ?? []).length > 0);

/** Read only as far as these statements want it. */
async function rulesFor(session: FamilySession, found: readonly FoundOut[]): Promise<Rules> {
  const { known, control, timeout_ms } = session;
  const { variant } = known;
  const sound = found.flatMap(({ guarded, viewCalls }) =>
    guarded.kind === 'guarded' ? [{ ...guarded.statement, viewCalls }] : [],
  );
  const via = viaOf(session);
  if (via === 'procedure') {
    known.procedures ??= await readProcedures(control, timeout_ms);
    if (known.procedures.homes.size > 0 && variant.runsWhilePlanning)
      known.views ??= await readViews(control, timeout_ms);
  }
  const writes = sound.some(({ shape }) => shape.kind !== 'select');
  if (writes && variant.explainsWrites) known.rights ??= await readRights(control, timeout_ms);
  const awaited = sound.length ? await variant.awaitedTables(control, timeout_ms) : nothingLocked;
  const calls = sound.some((each) => each.calls.length + each.viewCalls.length > 0);
  if (calls) known.isLoadable ??= await readLoadable(control, variant.loadable, timeout_ms);
  const { rights, procedures, views, identity, isLoadable } = known;
  return {
    via,
    variant,
    standby: identity.standby,
    awaited,
    rights,
    procedures,
    views,
    isLoadable,
  };
}

interface Given {
  /** How the server's fingerprint of a statement is called. */
  algorithm: string;
  keepsText: boolean;
  settings: NonNullable<ReadyStatement['settings']>;
}

/** Pure. */
export function preparedOf(
  { statement: { key, nativeId, database, user }, text, guarded, ...said }: FoundOut,
  rules: Rules,
  { algorithm, keepsText, settings }: Given,
): Prepared {
  const redacted = keepsText && text?.digestText ? redactMysql(text.digestText) : undefined;
  const fingerprint = { algorithm, value: nativeId || 'lost', nativeId };
  const basics = {
    key,
    nativeId,
    database,
    user,
    fingerprint,
    ...(redacted === undefined ? {} : { text: redacted }),
  };
  const { facts, behind } = said;
  if (guarded.kind !== 'guarded') {
    const shape = said.shape && { shape: said.shape };
    const refusal = guarded.kind === 'shared' ? guarded.refusal : guarded;
    return { ...basics, ...shape, facts, kind: 'refused', refusal };
  }
  const { sql, shape, sessionDependent } = guarded.statement;
  const refusal = refusalOf(guarded, database, said, rules);
  if (refusal) return { ...basics, shape, facts, kind: 'refused', refusal };
  const named = tablesNamed({ shape, schema: database });
  const job: ExplainJob = {
    sql,
    sqlMode: guarded.sqlMode,
    digestText: text?.digestText ?? '',
    write: shape.kind !== 'select',
    via: rules.via,
    fingerprint,
    ...(redacted === undefined ? {} : { queryText: redacted }),
    schema: database,
    shape,
    facts,
    behind,
    lossiness: sessionDependent ? ['session_dependent'] : [],
    mayTakeLocks:
      said.views.length > 0 ||
      named.some(
        ({ schema, name }) => !facts.some((each) => each.schema === schema && each.name === name),
      ),
  };
  return { ...basics, kind: 'ready', shape, facts, settings, token: job };
}
