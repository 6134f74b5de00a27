import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { parseDuration } from '../base/quantity.ts';
import { connectOptions } from './connect-options.ts';
import type { Connection } from './connection.ts';
import { connectionName } from './connection-name.ts';
import type { Driver, Known, Opened } from './driver.ts';
import type { OpenOptions, Session } from './engine.ts';
import { createOpenConnections, type OpenConnections } from './open-connections.ts';
import { takeServerLock } from './server-lock.ts';
import { createReceived } from './wire/received.ts';

/**
 * The connections of one cycle, the same for every engine. `control` holds the server's lock, reads
 * catalogs, and watches; `worker` runs EXPLAIN, in one database after the other, and is thrown
 * away: what ran there may have left something behind.
 *
 *   connect ── identify ── lock … health, prerequisites, snapshot, prepare … ── close
 *   (control)                        └─ workerFor(database): connect ── join ── EXPLAIN …
 */
export async function openSession<C extends Connection, K extends Known>(
  options: OpenOptions,
  driver: Driver<C, K>,
): Promise<Session> {
  const { target, credentials, clock, signal } = options;
  const spent: Spent = { ms: 0 };
  const connectTo = connector(options, driver, spent);
  const control = await connectTo(driver.connectsTo(target.spec.connection.database));
  const open = createOpenConnections(control, clock, signal);
  try {
    const timeout_ms = statementTimeoutOf(options);
    const beginning = { target, credentials, control, clock, signal, timeout_ms };
    const known = await driver.identify(beginning, options.notes);
    const session: Opened<C, K> = {
      ...beginning,
      known,
      workerFor: workers(control, open, {
        clock,
        placeOf: (database) => driver.connectsTo(database),
        connectTo,
        join: (worker) => driver.join(session, worker),
      }),
    };
    return sessionOf(session, driver, options, open, spent);
  } catch (error) {
    open.destroy();
    throw error;
  }
}

/** Milliseconds that statements have taken, as we waited for them. */
interface Spent {
  ms: number;
}

/** Catalogs may take longer than the shortest EXPLAIN may. */
const leastTimeout_ms = 1_000;
const statementTimeoutOf = ({ target }: OpenOptions): number =>
  Math.max(leastTimeout_ms, parseDuration(target.spec.safety.statementTimeout.max));

/** What comes on all connections of the cycle counts together. */
function connector<C extends Connection>(
  options: OpenOptions,
  { connect }: Pick<Driver<C, Known>, 'connect'>,
  spent: Spent,
): (database: string) => Promise<C> {
  const { target, identity } = options;
  const name = connectionName({ epoch: identity.epoch, uid: target.uid }, identity.holder);
  const received = createReceived();
  return (database) =>
    connect({
      ...connectOptions(options, database, name),
      received,
      onTook: (ms) => {
        spent.ms += ms;
      },
    });
}

const lastWord_ms = 100;

/** One worker at a time; no work where the control connection is gone. */
function workers<C extends Connection>(
  control: C,
  open: OpenConnections<C>,
  {
    clock,
    placeOf,
    connectTo,
    join,
  }: {
    clock: Clock;
    placeOf: (database: string) => string;
    connectTo: (place: string) => Promise<C>;
    join: (worker: C) => Promise<void>;
  },
): (database: string) => Promise<C> {
  let worker: { place: string; connection: C } | undefined;
  let opening: { place: string; connection: Promise<C> } | undefined;
  // With it go the server's lock and the watchdog: whatever runs at that moment must not run on. A
  // server that goes says a word to each, and nothing to whom it crashed of: that is heard first.
  void control.lost.then(() => clock.after(lastWord_ms, () => worker?.connection.destroy()));
  const requireControl = () => {
    if (!control.usable)
      throw new AppError(
        'connection_failed',
        'the connection that holds the server’s lock was lost',
      );
  };
  async function replaceBy(place: string): Promise<C> {
    if (worker) {
      await worker.connection.end();
      open.remove(worker.connection);
    }
    const connection = await open.add(await connectTo(place), async (fresh) => {
      await join(fresh);
      requireControl();
    });
    worker = { place, connection };
    return connection;
  }
  return async (database) => {
    requireControl();
    const place = placeOf(database);
    if (worker?.place === place && worker.connection.usable) return worker.connection;
    if (opening?.place === place) return opening.connection; // several want it at once
    const connection = replaceBy(place);
    opening = { place, connection };
    try {
      return await connection;
    } finally {
      opening = undefined;
    }
  };
}

function sessionOf<C extends Connection, K extends Known>(
  session: Opened<C, K>,
  driver: Driver<C, K>,
  { target, identity, clock, random, signal }: OpenOptions,
  { close }: OpenConnections<C>,
  spent: Spent,
): Session {
  const { known } = session;
  const { exportWorld, indexCatalog, surroundings, sandbox } = driver;
  return {
    server: known.server,
    get databaseMs() {
      return spent.ms;
    },
    get notes() {
      return known.notes;
    },
    lock: () =>
      takeServerLock(driver.lock(session, { epoch: identity.epoch, uid: target.uid }), {
        clock,
        random,
        signal,
      }),
    prerequisites: () => Array.fromAsync(driver.prerequisites(session, false)),
    rehearse: () => driver.prerequisites(session, true),
    health: () => driver.health(session),
    snapshot: () => driver.snapshot(session),
    texts: async (statements) =>
      target.spec.privacy.queryText === 'none' || statements.length === 0
        ? new Map()
        : driver.texts(session, statements),
    prepare: (statements) => driver.prepare(session, statements),
    refusedByText: (statement) => driver.refusedByText?.(session, statement) ?? false,
    together: driver.together,
    explain: (statement, limits) => driver.explain(session, statement, limits),
    ...(exportWorld ? { exportWorld: (wanted) => exportWorld(session, wanted) } : {}),
    ...(indexCatalog ? { indexCatalog: (database) => indexCatalog(session, database) } : {}),
    ...(surroundings ? { surroundings: () => surroundings(session) } : {}),
    ...(sandbox ? { sandbox: () => sandbox(session) } : {}),
    close,
    [Symbol.asyncDispose]: close,
  };
}
