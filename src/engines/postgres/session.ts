import { AppError } from '../../base/errors.ts';
import { parseDuration, parsePercent, parseSize } from '../../base/quantity.ts';
import type { Lossiness } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { Snapshot } from '../../model/statistics.ts';
import { includedBy } from '../../resources/pattern.ts';
import { connectionName } from '../connection-name.ts';
import type {
  ExplainLimits,
  ExplainResult,
  OpenOptions,
  Prepared,
  Prerequisite,
  ReadyStatement,
  Session,
  StatementRef,
} from '../engine.ts';
import { createOpenConnections } from '../open-connections.ts';
import { takeServerLock } from '../server-lock.ts';
import { createReceived } from '../wire/received.ts';
import { type Connection, connect } from './connection.ts';
import { directText } from './direct.ts';
import { sqlState } from './errors.ts';
import { type ExplainContext, explainJob } from './explain.ts';
import { closedDatabase, createFunctionReader, type SoundFunctions } from './functions.ts';
import { readHealth } from './health.ts';
import { identify, identifyWorker } from './identity.ts';
import type { PostgresNotes } from './notes.ts';
import { ownRoleText } from './own-role.ts';
import { ready as parserReady, parseStatement } from './parse.ts';
import { type PreflightVerdict, preflight, type Sound } from './preflight.ts';
import { countedNow, judgePrerequisites, readFacts } from './prerequisites.ts';
import { rehearseReads } from './rehearsal.ts';
import { serverLock } from './server-lock.ts';
import { sqlName } from './sql-names.ts';
import { type KnownStatement, type StatementCache, unread } from './statement-cache.ts';
import {
  createTextReader,
  type FoundTexts,
  placeKey,
  readSamples,
  type TextPlace,
  textKey,
} from './texts.ts';
import { readCatalog } from './transaction.ts';
import { explainWays, type Way } from './ways.ts';
import {
  atLeast,
  findExtensionSql,
  oldestExtension,
  readSnapshot,
  type StatementsExtension,
} from './workload.ts';

/**
 * The connections of one cycle. `control` holds the server's lock, reads catalogs, and watches;
 * `worker` runs EXPLAIN, in one database after the other, and is thrown away: what ran there may
 * have left something behind.
 */
const defaultPort = 5_432;

interface Token {
  known: KnownStatement;
  ways: Way[];
  ambiguous: boolean;
}

export async function openSession(
  options: OpenOptions,
  cache: StatementCache,
  sound: SoundFunctions,
): Promise<Session> {
  await parserReady;
  const { target, identity, clock, signal } = options;
  const { connection, safety, privacy } = target.spec;
  const viaFunction = target.spec.explain.via === 'function';
  const catalogTimeout_ms = Math.max(1_000, parseDuration(safety.statementTimeout.max));
  // limits may differ from one spec to the next
  const cacheScope = `${target.uid}@${target.generation}`;
  const received = createReceived();
  let databaseMs = 0;
  const blocks = { allowed: true };
  const notes: PostgresNotes = { ...(options.notes as PostgresNotes | undefined) };
  const connectTo = (database: string) =>
    connect({
      host: connection.host,
      port: connection.port ?? defaultPort,
      database,
      credentials: options.credentials,
      tlsMode: connection.tls.mode,
      requireAuth: connection.requireAuth,
      received,
      name: connectionName({ epoch: identity.epoch, uid: target.uid }, identity.holder),
      clock,
      signal,
      onTook: (ms) => {
        databaseMs += ms;
      },
    });

  const home = connection.database ?? 'postgres';
  const control = await connectTo(home).catch((error: unknown) => {
    if (!(error instanceof AppError) || sqlState(error.cause) !== '42501') throw error;
    const grant = `GRANT CONNECT ON DATABASE ${sqlName(home)} TO ${sqlName(options.credentials.username)};`;
    throw new AppError(
      'insufficient_privilege',
      `the role may not connect to database ${home}: ${grant}`,
      { cause: error },
    );
  });
  const open = createOpenConnections(control, clock, signal);
  let worker: { database: string; connection: Connection } | undefined;

  try {
    const server = await identify(control, catalogTimeout_ms);
    const otherServer =
      notes.server !== undefined &&
      notes.server.started !== server.started &&
      notes.server.address !== server.address;
    notes.server = { started: server.started, address: server.address };
    const extension = await findExtension(control);

    // With it go the server's lock and the watchdog: whatever runs at that moment must not run on.
    void control.lost.then(() => worker?.connection.destroy());
    const requireControl = () => {
      if (!control.usable)
        throw new AppError(
          'connection_failed',
          'the connection that holds the server’s lock was lost',
        );
    };

    async function workerFor(database: string): Promise<Connection> {
      requireControl();
      if (worker?.database === database && worker.connection.usable) return worker.connection;
      if (worker) {
        await worker.connection.end();
        open.remove(worker.connection);
      }
      const connection = await open.add(await connectTo(database), async (fresh) => {
        await identifyWorker(fresh, server, catalogTimeout_ms);
        requireControl();
      });
      worker = { database, connection };
      return connection;
    }

    const functions = createFunctionReader({
      control,
      collector: options.credentials.username,
      databases: target.spec.databases,
      excludedUsers: target.spec.collection.exclude.users,
      workerFor,
      sound,
      scope: cacheScope,
      clock,
      timeout_ms: catalogTimeout_ms,
    });

    const textLimit = parseSize(safety.limits.queryText);
    const texts = createTextReader({
      home: { connection: control, encoding: server.encoding, extension },
      maySeeSize: server.seesSize,
      memory: notes.texts,
      timeout_ms: catalogTimeout_ms,
      textLimit,
      fileLimit: parseSize(safety.limits.texts),
      clock,
      elsewhere: textPlace,
    });

    /**
     * Texts can be read where the extension is, in whatever database: it counts for all of them.
     */
    async function textPlace(database: string): Promise<TextPlace | undefined> {
      const connection = await enter(database);
      if (!connection) return undefined;
      const there = await findExtension(connection);
      const [row] = await readCatalog(
        connection,
        "SELECT pg_catalog.current_setting('server_encoding') AS encoding",
        [],
        catalogTimeout_ms,
      );
      return there && { connection, extension: there, encoding: row?.['encoding'] ?? '' };
    }

    async function knownStatements(
      statements: readonly StatementRef[],
      samples: ReadonlyMap<string, string>,
    ): Promise<Map<string, KnownStatement>> {
      const known = new Map<string, KnownStatement>();
      for (const { key } of statements) {
        const found = cache.get(cacheScope, key);
        if (found) known.set(key, found);
      }
      const unknown = statements.filter(({ key }) => !known.has(key));
      if (unknown.length === 0) return known;
      const found = await texts.read(unknown.map(({ key }) => textKey(key)));
      for (const { key, nativeId } of unknown)
        known.set(key, knownFrom(found, key, nativeId, sampleOf(samples, key)));
      return known;
    }

    /**
     * The text of the statistics, or of a run of the statement, or the reason why there is none.
     */
    function knownFrom(
      { texts, otherwise }: FoundTexts,
      key: string,
      nativeId: string,
      running: string | undefined,
    ): KnownStatement {
      const found = texts.get(textKey(key));
      if (found && found.bytes > textLimit) {
        const detail = `text of ${found.bytes} bytes, limit ${textLimit}`;
        return unread(nativeId, refused('too_large', detail), found.text?.slice(0, 1_024));
      }
      if (found?.text !== undefined)
        return cache.learn(cacheScope, key, nativeId, found.text, textLimit);
      if (running !== undefined) return cache.readOnce(nativeId, running, textLimit);
      if (found)
        return unread(
          nativeId,
          refused('text_unreadable', 'its bytes are not of its database’s encoding'),
        );
      return otherwise
        ? unread(nativeId, otherwise)
        : cache.learn(cacheScope, key, nativeId, undefined, textLimit);
    }

    /**
     * Running texts of the same statement, with values. Only where our EXPLAIN of them leaves no
     * literal in the server's statistics.
     */
    async function findSamples(statements: readonly StatementRef[]): Promise<Map<string, string>> {
      if (server.major < 16 && server.track !== 'none') return new Map();
      const ids = statements.map(({ nativeId }) => nativeId);
      return readSamples(control, ids, viaFunction ? 'own user' : 'any user', catalogTimeout_ms);
    }

    /**
     * A function plans nothing for its role that another one wrote: values may be code
     * (`query_to_xml('…')`).
     */
    const sampleOf = (samples: ReadonlyMap<string, string>, key: string) =>
      samples.get(viaFunction ? textKey(key) : placeKey(key));

    /** A worker in that database, or undefined where our role may not enter. */
    async function enter(database: string): Promise<Connection | undefined> {
      try {
        return await workerFor(database);
      } catch (error) {
        if (closedState(error) === undefined) throw error;
        return undefined;
      }
    }

    /** The roles for which there is nothing to call in that database, and why. */
    async function withoutFunction(
      database: string,
      statements: readonly StatementRef[],
    ): Promise<Map<string, Refusal>> {
      const users = [...new Set(statements.map(({ user }) => user))];
      const found = await functions.read(database, users);
      // the preflight will not get in either, and says so
      if (!(found instanceof Map)) return new Map();
      return new Map(
        users.flatMap((user): [string, Refusal][] => {
          const problem = found.has(user) ? found.get(user) : { observed: 'the role is gone' };
          return problem
            ? [[user, refused('explain_function_missing', `${user}: ${problem.observed}`)]]
            : [];
        }),
      );
    }

    /**
     * A database that our role may not enter, or that is gone, is a reason for its own statements,
     * and no failure of the cycle.
     */
    async function inDatabase(
      database: string,
      count: number,
      work: (worker: Connection) => Promise<PreflightVerdict[]>,
    ): Promise<PreflightVerdict[]> {
      let opened: Connection;
      try {
        opened = await workerFor(database);
      } catch (error) {
        const state = closedState(error);
        if (state === undefined) throw error;
        return Array.from({ length: count }, () => ({
          kind: 'refused',
          code: 'insufficient_privilege',
          detail: `CONNECT on database ${database} (SQLSTATE ${state})`,
        }));
      }
      return work(opened);
    }

    async function prepareDatabase(
      database: string,
      statements: readonly StatementRef[],
      all: ReadonlyMap<string, KnownStatement>,
      samples: ReadonlyMap<string, string>,
    ): Promise<Prepared[]> {
      const known = statements.map(({ key }) => all.get(key) as KnownStatement);
      const uncallable = viaFunction
        ? await withoutFunction(database, statements)
        : new Map<string, Refusal>();
      const sound = statements.flatMap((statement, i) =>
        known[i]?.parsed && !uncallable.has(statement.user)
          ? [{ parsed: known[i].parsed, user: statement.user, key: statement.key }]
          : [],
      );
      const policy = {
        allowFunctions: safety.allowFunctions,
        lockLimit: Math.floor(parsePercent(safety.limits.relations) * server.lockSlots),
        idsTellTables: server.major < 18,
      };
      const verdicts = sound.length
        ? await inDatabase(database, sound.length, (worker) =>
            preflight(worker, sound, policy, catalogTimeout_ms),
          )
        : [];
      const byKey = new Map(sound.map(({ key }, i) => [key, verdicts[i]]));
      return statements.map((statement, i): Prepared => {
        const each = known[i] as KnownStatement;
        const fingerprint = { ...each.fingerprint, nativeId: statement.nativeId };
        const text =
          privacy.queryText === 'none' || each.redacted === undefined
            ? {}
            : { text: each.redacted };
        if (!each.parsed || !each.template)
          return {
            ...statement,
            fingerprint,
            ...text,
            kind: 'refused',
            refusal: each.refusal ?? refused('unparsable'),
          };
        const judged =
          uncallable.get(statement.user) ?? byKey.get(statement.key) ?? refused('internal');
        if (judged.kind === 'refused')
          return {
            ...statement,
            fingerprint,
            ...text,
            shape: each.parsed.shape,
            kind: 'refused',
            refusal: judged,
          };
        const sample = usableSample(sampleOf(samples, statement.key), each, textLimit);
        const wayOf = (meant: Sound): Way | Refusal => {
          const sent = viaFunction
            ? ownRoleText(each, meant, statement.user, sample)
            : meant.direct.kind === 'trusted'
              ? directText(each, meant.direct, sample)
              : meant.direct;
          if (sent.kind === 'refused') return sent;
          const { planner, direct, facts } = meant;
          const lossiness = [
            ...meant.lossiness.filter((mark) => !viaFunction || mark === 'shared_fingerprint'),
            ...sharedFingerprint(each, server.major),
          ];
          const job: Way['job'] = {
            ...sent,
            nativeId: statement.nativeId,
            planner,
            lossiness: [...new Set(lossiness)],
            fingerprint,
            ...(text.text === undefined ? {} : { queryText: text.text }),
            namespace: database,
          };
          return {
            kind: 'way',
            job,
            facts,
            meaning: meant.searchPath.join(),
            doubts: !viaFunction && direct.kind === 'trusted' ? direct.doubts : {},
          };
        };
        const first = wayOf(judged);
        if (first.kind === 'refused')
          return {
            ...statement,
            fingerprint,
            ...text,
            shape: each.parsed.shape,
            kind: 'refused',
            refusal: first,
          };
        const others = judged.others.flatMap((other): Way[] => {
          const way = other.kind === 'sound' ? wayOf(other) : other;
          return way.kind === 'way' ? [way] : [];
        });
        return {
          ...statement,
          fingerprint,
          ...text,
          kind: 'ready',
          shape: each.parsed.shape,
          facts: judged.facts,
          token: {
            known: each,
            ways: [first, ...others],
            ambiguous: judged.ambiguous,
          } satisfies Token,
        };
      });
    }

    const takeSnapshot = async (): Promise<Snapshot> => ({
      ...(await readSnapshot(control, extension, catalogTimeout_ms)),
      ...(otherServer ? { otherServer } : {}),
    });
    /** Read by the prerequisites for the cycle that follows them. */
    let ahead: Snapshot | undefined;

    async function rehearsals(role: string, all: boolean): Promise<Prerequisite[]> {
      if (!extension || !atLeast(extension.version, oldestExtension)) return [];
      return rehearseReads({
        control,
        extension,
        role,
        all,
        timeout_ms: catalogTimeout_ms,
        clock,
        snapshot: async () => {
          ahead = await takeSnapshot();
          return ahead;
        },
        included: includedBy(target.spec.databases),
        prepare,
      });
    }

    async function prepare(statements: readonly StatementRef[]): Promise<Prepared[]> {
      const samples = await findSamples(statements);
      const known = await knownStatements(statements, samples);
      const prepared = new Map<string, Prepared>();
      for (const [database, group] of Map.groupBy(statements, (each) => each.database)) {
        for (const each of await prepareDatabase(database, group, known, samples))
          prepared.set(each.key, each);
      }
      return statements.map(({ key }) => prepared.get(key) as Prepared);
    }

    return {
      server: {
        version: server.version,
        role: server.standby ? 'standby' : 'primary',
        id: server.started,
      },
      get databaseMs() {
        return databaseMs;
      },
      get notes() {
        return { ...notes, texts: texts.memory } satisfies PostgresNotes;
      },
      lock: () =>
        takeServerLock(
          serverLock(control, { epoch: identity.epoch, uid: target.uid }, catalogTimeout_ms),
          options,
        ),
      async prerequisites(all = false) {
        const row = await readFacts(control, catalogTimeout_ms);
        const rehearsed = await rehearsals(row['role'] ?? '', all);
        const now = clock.now();
        const checks = judgePrerequisites(row, {
          extension,
          tlsMode: connection.tls.mode,
          now,
          included: includedBy(target.spec.databases),
          snapshot: ahead,
          counted: notes.counted,
          texts: texts.memory,
        });
        if (ahead) notes.counted = countedNow(row, ahead, now);
        const viaChecks = viaFunction && extension ? await functions.prerequisites(extension) : [];
        return [...checks, ...rehearsed, ...viaChecks];
      },
      health: () => readHealth(control, safety.brake.exceptStandbys, catalogTimeout_ms, clock),
      async snapshot() {
        const snapshot = ahead ?? (await takeSnapshot());
        ahead = undefined;
        return snapshot;
      },
      /** Only what was read before: the server's file of texts is dear to read. */
      async texts(statements) {
        const known = statements.map(
          ({ key }) => [key, cache.get(cacheScope, key)?.redacted] as const,
        );
        return new Map(
          known.flatMap(([key, text]) =>
            text === undefined || privacy.queryText === 'none' ? [] : [[key, text]],
          ),
        );
      },
      prepare,
      async explain(statement: ReadyStatement, limits: ExplainLimits): Promise<ExplainResult> {
        const { known, ways, ambiguous } = statement.token as Token;
        const before = databaseMs;
        const context: ExplainContext = {
          control,
          worker: await workerFor(statement.database),
          serverMajor: server.major,
          serverVersion: server.version,
          clock,
          signal,
          limits,
          habits: cache.habits(cacheScope),
          readPlan: cache.readPlan,
          blocks,
          sent: 0,
        };
        const answer = await explainWays(ways, ambiguous, known, (job) => explainJob(job, context));
        const { sent } = context;
        return answer.kind === 'refused'
          ? { ...answer, sent }
          : { ...answer, took_ms: databaseMs - before, sent };
      },
      close: open.close,
      [Symbol.asyncDispose]: open.close,
    };
  } catch (error) {
    open.destroy();
    throw error;
  }

  async function findExtension(connection: Connection): Promise<StatementsExtension | undefined> {
    const [row] = await readCatalog(connection, findExtensionSql, [], catalogTimeout_ms);
    return row && { schema: row['schema'] ?? '', version: row['version'] ?? '' };
  }
}

function closedState(error: unknown): string | undefined {
  const state = error instanceof AppError ? sqlState(error.cause) : undefined;
  return state !== undefined && closedDatabase.has(state) ? state : undefined;
}

/**
 * From 18 on, a statement's id is made of names as written: under one alias, or in two schemas,
 * other tables share it, and the text is of one of them.
 */
function sharedFingerprint({ parsed }: KnownStatement, serverMajor: number): Lossiness[] {
  const ambiguous = parsed?.shape.relations.some(({ alias }) => alias !== undefined);
  return serverMajor >= 18 && ambiguous ? ['shared_fingerprint'] : [];
}

function usableSample(
  sample: string | undefined,
  known: KnownStatement,
  limit: number,
): string | undefined {
  if (!sample) return undefined;
  const parsed = parseStatement(sample, limit);
  if (parsed.kind === 'refused' || parsed.params.length > 0) return undefined;
  return parsed.fingerprint === known.fingerprint.value ? sample : undefined;
}
