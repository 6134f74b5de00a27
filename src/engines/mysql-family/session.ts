import { AppError } from '../../base/errors.ts';
import { createLru } from '../../base/lru.ts';
import { parseDuration, parseSize } from '../../base/quantity.ts';
import { dialectOf } from '../../dialects/index.ts';
import type { LexerFlags } from '../../dialects/mysql-family/lexer.ts';
import { redactMysql } from '../../dialects/mysql-family/text.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { connectionName } from '../connection-name.ts';
import type {
  ExplainLimits,
  ExplainResult,
  OpenOptions,
  Prepared,
  ReadyStatement,
  Session,
  StatementRef,
} from '../engine.ts';
import { createOpenConnections } from '../open-connections.ts';
import { takeServerLock } from '../server-lock.ts';
import { createReceived } from '../wire/received.ts';
import { type Rights, readRights, readTableFacts, type TableName } from './catalog.ts';
import { type Connection, connect } from './connection.ts';
import { readDigestTexts } from './digests.ts';
import { type ExplainJob, tablesOfUnknownIndexes } from './explain.ts';
import { type GuardedStatement, guard, unboundedWrite } from './guard.ts';
import { type Procedures, readProcedures, readViews } from './procedure.ts';
import { explainSamples } from './samples.ts';
import { serverLock } from './server-lock.ts';
import { hangsOnMode, plannedMode, readSessionMode } from './session-mode.ts';
import { sqlName, sqlText } from './sql-text.ts';
import {
  helloSql,
  isAtLeast,
  isMariadb,
  type KnownText,
  type LockedTables,
  nothingLocked,
  readServer,
  type Variant,
} from './variant.ts';

/**
 * The connections of one cycle on MySQL or MariaDB. `control` holds the server's lock, reads
 * statistics, and watches; `worker` runs EXPLAIN, in one database after the other, and is thrown
 * away.
 */
const defaultPort = 3_306;

const unboundedRead =
  ' may stand a query of one row, which planning runs; in a procedure no limit of the server ends that';

/** A text that passed the guard, and the sql_mode under which it means what it meant. */
interface Guarded {
  kind: 'guarded';
  statement: GuardedStatement;
  sqlMode: string;
  flags: LexerFlags;
}

/** Should we vanish without a word, the server lets go of the lock after this long. */
export const controlSettings =
  "SET SESSION wait_timeout = 120, lock_wait_timeout = 1, sql_mode = ''";

/** What is known of tables for a while: sizes and indexes change slowly. */
export interface FactsCache {
  get(key: string): { facts: TableFacts | undefined; until: number } | undefined;
  set(key: string, entry: { facts: TableFacts | undefined; until: number }): void;
}
export const createFactsCache = (): FactsCache => createLru(20_000);
const factsValid_ms = 600_000;

export async function openFamilySession(
  options: OpenOptions,
  variant: Variant,
  factsCache: FactsCache,
): Promise<Session> {
  const { target, identity, clock, signal } = options;
  const { connection, safety, privacy, explain } = target.spec;
  const catalogTimeout_ms = Math.max(1_000, parseDuration(safety.statementTimeout.max));
  const via = explain.via === 'procedure' ? 'procedure' : 'direct';
  const received = createReceived();
  let databaseMs = 0;
  const connectHere = () =>
    connect({
      host: connection.host,
      port: connection.port ?? defaultPort,
      credentials: options.credentials,
      tlsMode: connection.tls.mode,
      requireAuth: connection.requireAuth,
      received,
      name: connectionName({ epoch: identity.epoch, uid: target.uid }, identity.holder),
      database: '',
      clock,
      signal,
      onTook: (ms) => {
        databaseMs += ms;
      },
    });

  const control = await connectHere();
  const open = createOpenConnections(control, clock, signal);
  let worker:
    | { connection: Connection; schema: string; timeout_ms: number; sqlMode: string }
    | undefined;
  let rights: Rights | undefined;
  let procedures: Procedures | undefined;
  let views: ReadonlySet<string> | undefined;

  try {
    const server = await identify(control);
    // With it go the server's lock and the watchdog: whatever runs at that moment must not run on.
    void control.lost.then(() => worker?.connection.destroy());
    const requireControl = () => {
      if (!control.usable)
        throw new AppError(
          'connection_failed',
          'the connection that holds the server’s lock was lost',
        );
    };

    async function workerFor(
      schema: string,
      timeout_ms: number,
      sqlMode: string,
    ): Promise<Connection> {
      requireControl();
      if (!worker?.connection.usable) {
        if (worker) open.remove(worker.connection);
        const connection = await open.add(await connectHere(), async (fresh) => {
          await fresh.query(variant.workerSettings(server), catalogTimeout_ms);
          requireControl();
        });
        worker = {
          connection,
          schema: '',
          timeout_ms: 0,
          sqlMode: plannedMode(server.sqlMode, {}),
        };
      }
      const { connection } = worker;
      if (schema !== worker.schema && schema !== '' && via === 'direct') {
        await connection.query(`USE ${sqlName(schema)}`, catalogTimeout_ms);
        worker.schema = schema;
      }
      if (timeout_ms !== worker.timeout_ms) {
        await connection.query(variant.timeoutSql(timeout_ms), catalogTimeout_ms);
        worker.timeout_ms = timeout_ms;
      }
      if (sqlMode !== worker.sqlMode) {
        await connection.query(`SET SESSION sql_mode = ${sqlText(sqlMode)}`, catalogTimeout_ms);
        worker.sqlMode = sqlMode;
      }
      return connection;
    }

    /** Tables of statements that have passed the guard, from memory or from the catalog. */
    async function factsOf(
      guarded: readonly { statement: GuardedStatement; schema: string }[],
    ): Promise<TableFacts[][]> {
      // information_schema shows nothing to an account without rights on tables
      if (via === 'procedure') return guarded.map(() => []);
      const now = clock.now();
      const wanted = new Map<string, { schema: string; name: string }>();
      const keyOf = (schema: string, name: string) => `${target.uid} ${schema}.${name}`;
      for (const { statement, schema } of guarded)
        for (const relation of statement.shape.relations) {
          const table = { schema: relation.schema ?? schema, name: relation.name };
          const key = keyOf(table.schema, table.name);
          if ((factsCache.get(key)?.until ?? 0) < now) wanted.set(key, table);
        }
      const found = await readTableFacts(control, [...wanted.values()], catalogTimeout_ms);
      for (const [key, { schema, name }] of wanted)
        factsCache.set(key, {
          facts: found.find((each) => each.schema === schema && each.name === name),
          until: now + factsValid_ms,
        });
      return guarded.map(({ statement, schema }) => {
        const keys = new Set(
          statement.shape.relations.map((relation) =>
            keyOf(relation.schema ?? schema, relation.name),
          ),
        );
        return [...keys]
          .map((key) => factsCache.get(key)?.facts)
          .filter((each) => each !== undefined);
      });
    }

    /** Decided before anything is sent; undefined: it may be sent. */
    function refusedBefore(
      guarded: Guarded,
      schema: string,
      facts: readonly TableFacts[],
      awaited: LockedTables,
    ): Refusal | undefined {
      const { statement, flags } = guarded;
      const tables = statement.shape.relations.map((relation) => ({
        schema: relation.schema ?? schema,
        name: relation.name,
      }));
      const held =
        tables.find((table) => awaited.fromAll.has(`${table.schema}.${table.name}`)) ??
        heldFromWriters(statement, schema, awaited);
      if (held)
        return refused(
          'lock_timeout',
          `${held.schema}.${held.name} is locked, or someone waits to lock it`,
        );
      if (via === 'procedure') {
        if (statement.shape.kind !== 'select')
          return refused('not_explainable_statement', 'the procedure explains SELECT only');
        if (hangsOnMode(statement.sql, flags))
          return refused(
            'not_explainable_statement',
            'its session had ANSI_QUOTES, NO_BACKSLASH_ESCAPES or IGNORE_SPACE, the procedure has not',
          );
        const view = tables.find((table) => views?.has(`${table.schema}.${table.name}`));
        if (variant.runsWhilePlanning && (statement.mayRun || view))
          return refused(
            'not_explainable_statement',
            `${view ? `behind ${view.schema}.${view.name}` : 'in it'}${unboundedRead}`,
          );
        const home = schema || 'dbintel';
        return procedures?.homes.has(home)
          ? undefined
          : refused('insufficient_privilege', `${home}.safe_explain is not there`);
      }
      return statement.shape.kind === 'select'
        ? undefined
        : refusedWrite(statement, schema, tables, facts);
    }

    function refusedWrite(
      { shape: { kind }, written }: GuardedStatement,
      schema: string,
      tables: readonly TableName[],
      facts: readonly TableFacts[],
    ): Refusal | undefined {
      if (!variant.explainsWrites)
        return refused(
          'not_explainable_statement',
          `${variant.label} cannot plan a write without being allowed to write`,
        );
      if (server.standby)
        return refused('not_explainable_statement', 'the server is read-only, and plans no write');
      const right = kind.toUpperCase();
      const wanted = written.map((table) => ({ schema: table.schema ?? schema, name: table.name }));
      const denied = wanted.find((table) => rights && !rights.has(right, table));
      if (denied)
        return refused('insufficient_privilege', `${right} on ${denied.schema}.${denied.name}`);
      // What is no table that we see may be a view, with a subquery in it.
      const view = tables.find(
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

    function guardText(known: KnownText | undefined): Guarded | Refusal {
      if (!known) return refused('no_sample', 'the server has no text for it');
      if (known.digestText === '') return refused('digest_table_full');
      if (!explainable.test(known.digestText)) return refused('not_explainable_statement');
      if (known.sample === undefined) return refused('no_sample', known.missing);
      const limits = {
        bytes: parseSize(safety.limits.queryText),
        sampleLength: server.sampleLength,
      };
      const bytes = Buffer.byteLength(known.sample);
      if (bytes > limits.bytes)
        return refused('too_large', `text of ${bytes} bytes, limit ${limits.bytes}`);
      const mode = readSessionMode(known.sample, known.digestText, server.sqlMode);
      if (mode.kind === 'cut')
        return refused('truncated_text', 'the server’s digest names more than its text');
      if (mode.kind === 'unclear')
        return refused('truncated_text', 'the digest is cut: what its quotes mean is not known');
      const statement = guard(known.sample, limits, mode.flags);
      return statement.kind === 'refused'
        ? statement
        : {
            kind: 'guarded',
            statement,
            sqlMode: plannedMode(server.sqlMode, mode.flags),
            flags: mode.flags,
          };
    }

    return {
      server: {
        version: server.version,
        role: server.standby ? 'standby' : 'primary',
        id: server.id,
      },
      get databaseMs() {
        return databaseMs;
      },
      lock: () =>
        takeServerLock(
          serverLock(control, { epoch: identity.epoch, uid: target.uid }, catalogTimeout_ms),
          options,
        ),
      async prerequisites() {
        const checked = await variant.prerequisites(control, {
          server,
          target,
          now: clock.now(),
          timeout_ms: catalogTimeout_ms,
        });
        if (via === 'direct') return checked;
        procedures = await readProcedures(control, catalogTimeout_ms);
        return [...checked, procedures.prerequisite];
      },
      health: () => variant.health(control, catalogTimeout_ms, clock),
      snapshot: () => variant.snapshot(control, server, catalogTimeout_ms),
      async texts(statements) {
        if (privacy.queryText === 'none' || statements.length === 0) return new Map();
        const texts = await readDigestTexts(control, statements, catalogTimeout_ms);
        return new Map(
          [...texts].flatMap(([key, text]) => (text === '' ? [] : [[key, redactMysql(text)]])),
        );
      },
      async prepare(statements) {
        const texts = await variant.texts(control, statements, server, catalogTimeout_ms);
        const guarded = statements.map((statement) => guardText(texts.get(statement.key)));
        const sound = guarded.flatMap((each, i) =>
          each.kind === 'refused'
            ? []
            : [{ statement: each.statement, schema: statements[i]?.database ?? '' }],
        );
        if (via === 'procedure') {
          procedures ??= await readProcedures(control, catalogTimeout_ms);
          if (procedures.homes.size > 0 && variant.runsWhilePlanning)
            views ??= await readViews(control, catalogTimeout_ms);
        }
        if (
          sound.some(({ statement }) => statement.shape.kind !== 'select') &&
          variant.explainsWrites
        )
          rights ??= await readRights(control, catalogTimeout_ms);
        const awaited = sound.length
          ? await variant.awaitedTables(control, catalogTimeout_ms)
          : nothingLocked;
        const facts = await factsOf(sound);
        const factsFor = new Map(sound.map(({ statement }, i) => [statement, facts[i] ?? []]));
        return statements.map((statement, i): Prepared => {
          const known = texts.get(statement.key);
          const each = guarded[i] as Guarded | Refusal;
          const fingerprint = {
            algorithm: `${variant.name}-digest`,
            value: statement.nativeId || 'lost',
            nativeId: statement.nativeId,
          };
          const basics = {
            ...ref(statement),
            fingerprint,
            ...(privacy.queryText === 'none' || !known?.digestText
              ? {}
              : { text: redactMysql(known.digestText) }),
          };
          if (each.kind === 'refused') return { ...basics, kind: 'refused', refusal: each };
          const { sql, shape, sessionDependent } = each.statement;
          const tables = factsFor.get(each.statement) ?? [];
          const refusal = refusedBefore(each, statement.database, tables, awaited);
          if (refusal) return { ...basics, shape, kind: 'refused', refusal };
          const job: ExplainJob = {
            sql,
            sqlMode: each.sqlMode,
            digestText: known?.digestText ?? '',
            write: shape.kind !== 'select',
            via,
            fingerprint,
            ...('text' in basics ? { queryText: basics.text as string } : {}),
            schema: statement.database,
            shape,
            facts: tables,
            lossiness: sessionDependent ? ['session_dependent'] : [],
            mayTakeLocks:
              tables.length <
              new Set(shape.relations.map(({ schema, name }) => `${schema} ${name}`)).size,
          };
          return { ...basics, kind: 'ready', shape, facts: tables, token: job };
        });
      },
      async explain(statement: ReadyStatement, limits: ExplainLimits): Promise<ExplainResult> {
        const before = databaseMs;
        let connection: Connection;
        try {
          connection = await workerFor(
            statement.database,
            limits.timeout_ms,
            (statement.token as ExplainJob).sqlMode,
          );
        } catch (error) {
          // A database that our account may not enter, or that is gone, is a reason for its own
          // statements, and no failure of the cycle.
          if (
            error instanceof AppError &&
            (error.code === 'insufficient_privilege' || error.code === 'undefined_relation')
          )
            return { ...refused(error.code, `database ${statement.database}`), sent: 0 };
          throw error;
        }
        const context = {
          variant,
          server,
          control,
          worker: connection,
          clock,
          signal,
          limits,
          sent: 0,
        };
        const texts = { bytes: parseSize(safety.limits.queryText), timeout_ms: catalogTimeout_ms };
        const answer = await explainSamples(statement.token as ExplainJob, context, texts);
        const { sent } = context;
        if (answer.kind === 'refused') return { ...answer, sent };
        const strange = tablesOfUnknownIndexes(answer.plan, statement.facts);
        if (strange.length > 0) {
          // Its index may be younger than what we know of it.
          const now = await readTableFacts(control, strange, catalogTimeout_ms);
          for (const facts of now)
            factsCache.set(`${target.uid} ${facts.schema}.${facts.name}`, {
              facts,
              until: clock.now() + factsValid_ms,
            });
          if (tablesOfUnknownIndexes(answer.plan, now).length > 0)
            return {
              ...refused('unparsable', 'the plan names an index that its table does not have'),
              sent,
            };
        }
        return { ...answer, took_ms: databaseMs - before, sent };
      },
      close: open.close,
      [Symbol.asyncDispose]: open.close,
    };
  } catch (error) {
    open.destroy();
    throw error;
  }

  /**
   * Before any setting or lock: is there a proxy in between? The id it announced is not the
   * server's.
   */
  async function identify(control: Connection) {
    const product = isMariadb((await control.query(helloSql, catalogTimeout_ms))[0])
      ? 'mariadb'
      : 'mysql';
    if (product !== variant.name)
      throw new AppError(
        'unsupported_version',
        `the server is ${dialectOf(product).label}, spec.engine says ${variant.name}`,
      );
    const server = readServer((await control.query(variant.serverSql, catalogTimeout_ms))[0]);
    if (server.connection !== control.id)
      throw new AppError(
        'pooled_connection',
        'there is a proxy between us and the server; connect to the server itself',
      );
    if (!isAtLeast(server, variant.oldest))
      throw new AppError(
        'unsupported_version',
        `${variant.label} ${server.version} is older than ${variant.oldest.join('.')}`,
      );
    await control.query(controlSettings, catalogTimeout_ms);
    // Cutting a socket does not end what the server still reads for it; its own limit does.
    await control.query(variant.timeoutSql(catalogTimeout_ms), catalogTimeout_ms);
    return server;
  }
}

const ref = ({ key, nativeId, database, user }: StatementRef): StatementRef => ({
  key,
  nativeId,
  database,
  user,
});

/** Planning a write asks for the lock of one. */
const heldFromWriters = (
  { written }: GuardedStatement,
  schema: string,
  { fromWriters }: LockedTables,
): TableName | undefined =>
  written
    .map((table) => ({ schema: table.schema ?? schema, name: table.name }))
    .find((table) => fromWriters.has('*') || fromWriters.has(`${table.schema}.${table.name}`));

/** Everything else has no plan: `SET`, `COMMIT`, `CALL`, … */
const explainable = /^[\s(]*(?:SELECT|WITH|INSERT|REPLACE|UPDATE|DELETE)\b/i;
