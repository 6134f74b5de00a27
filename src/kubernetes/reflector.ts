import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { createLru } from '../base/lru.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { type KubeClient, listBytes, type WatchEvent } from './kube-client.ts';
import { answerTooLarge, KubeError, kubeError } from './kube-error.ts';

/**
 * A copy of one kind's objects that follows the API server: list in pages, then watch, and list
 * again when the server has forgotten where we were. What is kept of an object is a projection: ten
 * thousand whole objects would be a hundred megabytes. Handlers must be quick: they enqueue.
 */
export interface Reflector<T extends Item> {
  readonly items: ReadonlyMap<string, T>;
  /** Listed once. */
  readonly synced: boolean;
  /**
   * Since the watch last told something (an event, a bookmark, or that we must list anew),
   * milliseconds. Lists prove nothing about it: through a watch that is silent no change comes,
   * whatever requests bring.
   */
  readonly age_ms: number;
  /** Since we last tried: liveness is that we try, whatever the server does. */
  readonly attemptAge_ms: number;
  /** What keeps it from being synced, for people. */
  readonly problem: string | undefined;
  /**
   * What was read on another way, as of `version`. `whole`: it is all there was, so what is missing
   * is gone.
   */
  offer(objects: readonly Record<string, unknown>[], version: string, whole: boolean): void;
  stop(): Promise<void>;
}

export interface Item {
  uid: string;
  resourceVersion: string;
}

export interface ReflectorHandler<T> {
  /** New or changed. `list`: found while listing, not told by an event. */
  upsert(item: T, why: 'event' | 'list'): void;
  gone(item: T): void;
  synced(): void;
}

interface ListAnswer {
  items?: Record<string, unknown>[];
  metadata?: { continue?: string; resourceVersion?: string };
}

export interface ReflectorDeps<T extends Item> {
  client: KubeClient;
  /** The collection's path. */
  path: string;
  /** For metrics and logs. */
  kind: string;
  project(object: Record<string, unknown>): T;
  handler: ReflectorHandler<T>;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  pageSize?: number;
  audit_ms?: number;
}

/**
 * Parsing a page takes the loop some milliseconds; larger pages would be felt by everything else.
 */
const pageLimit = 100;
const retries: Backoff = { first_ms: 800, most_ms: 30_000 };
/** A kind that is not installed yet may be, any moment. */
const expiredSpread_ms = 500;
const notInstalled_ms = 3_000;
/** Bookmarks come once a minute; a peer that is silent for longer is gone, whatever TCP says. */
const silence_ms = 75_000;
/** An event that has not come after so long never will. */
const auditGrace_ms = 5_000;
const auditEvery_ms = 600_000;
/** Pages and audits let other work in between. */
const breath_ms = 2;
/** What is gone is remembered for as long as an answer from before may still come. */
const goneLimit = 10_000;

export function startReflector<T extends Item>(deps: ReflectorDeps<T>): Reflector<T> {
  const { client, path, kind, project, handler, clock, random, logger } = deps;
  const items = new Map<string, T>();
  /** As of which version; an answer that was given before brings nothing back. */
  let gone = createLru<string, string>(goneLimit);
  const ending = new AbortController();
  const missed = deps.metrics.counter(
    'dbintel_watch_missed_events_total',
    'Changes that an audit found and no event had told.',
    ['kind'],
  );
  const relists = deps.metrics.counter(
    'dbintel_watch_relists_total',
    'Times that everything was listed anew.',
    ['kind'],
  );
  let synced = false;
  let progressAt = clock.monotonic();
  let attemptAt = clock.monotonic();
  let problem: string | undefined = 'not listed yet';
  let watched = false;

  const lastOf = (uid: string) => items.get(uid)?.resourceVersion ?? gone.get(uid);
  const upsert = (item: T, why: 'event' | 'list') => {
    const last = lastOf(item.uid);
    if (last !== undefined && newer(last, item.resourceVersion) >= 0) return;
    items.set(item.uid, item);
    handler.upsert(item, why);
  };
  const remove = (uid: string, version: string) => {
    gone.set(uid, version);
    const known = items.get(uid);
    if (known && items.delete(uid)) handler.gone(known);
  };
  /** What a whole list does not have is gone, unless it is younger than the list. */
  const removeOthers = (uids: ReadonlySet<string>, version: string) => {
    for (const { uid, resourceVersion } of items.values())
      if (!uids.has(uid) && newer(resourceVersion, version) <= 0) remove(uid, version);
  };

  let pageSize = deps.pageSize ?? pageLimit;
  async function page(
    token: string | undefined,
  ): Promise<{ found: T[]; next: string | undefined; version: string }> {
    const answer = await askPage(token);
    attemptAt = clock.monotonic();
    return {
      found: (answer.items ?? []).map(project),
      next: answer.metadata?.continue || undefined,
      version: answer.metadata?.resourceVersion ?? '',
    };
  }

  /**
   * Where objects are so large that a page of them is not read, smaller pages are asked for, and
   * kept to.
   */
  async function askPage(token: string | undefined): Promise<ListAnswer> {
    for (;;) {
      try {
        return await client.call<ListAnswer>({
          method: 'GET',
          path,
          query: { limit: String(pageSize), ...(token ? { continue: token } : {}) },
          most_bytes: listBytes,
          signal: ending.signal,
        });
      } catch (error) {
        if (!(error instanceof KubeError) || error.reason !== answerTooLarge || pageSize === 1)
          throw error;
        pageSize = Math.ceil(pageSize / 8);
      }
    }
  }

  /** All there is, page by page. */
  async function list(each: (item: T) => void): Promise<{ version: string; uids: Set<string> }> {
    const uids = new Set<string>();
    let token: string | undefined;
    for (;;) {
      const { found, next, version } = await page(token);
      for (const item of found) {
        uids.add(item.uid);
        each(item);
      }
      if (!next) return { version, uids };
      token = next;
      await clock.sleep(breath_ms, ending.signal);
    }
  }

  async function relist(): Promise<string> {
    relists.inc({ kind });
    // what the store itself says now is so, also after it was put back from a copy
    gone = createLru(goneLimit);
    const { version, uids } = await list((item) => upsert(item, 'list'));
    removeOthers(uids, version);
    problem = undefined;
    if (!synced) {
      synced = true;
      handler.synced();
    }
    return version;
  }

  /**
   * Follows from `version` on; returns where it got to. Throws KubeError(410) when the server has
   * forgotten.
   */
  async function follow(version: string): Promise<string> {
    let at = version;
    const query = {
      resourceVersion: version,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.round(300 + 300 * random.next())),
    };
    for await (const event of client.watch(path, query, silence_ms, ending.signal)) {
      attemptAt = clock.monotonic();
      progressAt = attemptAt;
      if (event.type === 'ERROR') throw kubeError(`WATCH ${path}`, 500, event.object);
      at = (event.object['metadata'] as { resourceVersion: string }).resourceVersion;
      apply(event);
    }
    return at;
  }

  function apply({ type, object }: WatchEvent): void {
    if (type === 'BOOKMARK') return;
    const item = project(object);
    if (type === 'DELETED') remove(item.uid, item.resourceVersion);
    else upsert(item, 'event');
  }

  async function life(): Promise<void> {
    let version: string | undefined;
    let failures = 0;
    while (!ending.signal.aborted) {
      attemptAt = clock.monotonic();
      try {
        version ??= await relist();
        if (!watched) progressAt = clock.monotonic();
        watched = true;
        version = await follow(version);
        failures = 0;
      } catch (error) {
        if (ending.signal.aborted) return;
        const failure = error instanceof KubeError ? error : undefined;
        // What was not told in so long is read; it does not count as the watch's.
        const silent = clock.monotonic() - progressAt >= silence_ms;
        if (failure?.status === 410 || silent) version = undefined;
        problem = sayProblem(error, kind);
        logger[failures === 0 ? 'info' : 'warn'](
          { kind, status: failure?.status, reason: (error as Error).message },
          'the watch ended; trying again',
        );
        const wait = failure?.retryAfter_ms ?? patience(failure?.status, failures);
        // After a progress the first retry is quick.
        failures = clock.monotonic() - progressAt < wait ? 1 : failures + 1;
        await clock.sleep(wait, ending.signal).catch(() => undefined);
        if (failures > 3) version = undefined;
      }
    }
  }

  /**
   * A list that is needed anyway is not put off: only spread a little, since every replica is told
   * at once that its version is too old.
   */
  function patience(status: number | undefined, failures: number): number {
    if (status === 410) return expiredSpread_ms * random.next();
    return status === 404 ? notInstalled_ms : backoffDelay(failures, retries, random);
  }

  /** Lists again now and then, and counts what the watch should have told us. */
  async function audit(): Promise<void> {
    while (!ending.signal.aborted) {
      await clock
        .sleep((deps.audit_ms ?? auditEvery_ms) * (0.9 + 0.2 * random.next()), ending.signal)
        .catch(() => undefined);
      if (ending.signal.aborted || !synced) continue;
      try {
        await auditOnce();
      } catch (error) {
        logger.info(
          { kind, reason: (error as Error).message },
          'the audit could not list; the next one will',
        );
      }
    }
  }
  async function auditOnce(): Promise<void> {
    const suspects: T[] = [];
    const { uids, version } = await list((item) => {
      const known = items.get(item.uid);
      if (!known || newer(known.resourceVersion, item.resourceVersion) < 0) suspects.push(item);
    });
    const ghosts = [...items.values()].filter(
      ({ uid, resourceVersion }) => !uids.has(uid) && newer(resourceVersion, version) <= 0,
    );
    await clock.sleep(auditGrace_ms, ending.signal);
    const late = suspects.filter(
      ({ uid, resourceVersion }) => newer(lastOf(uid) ?? '0', resourceVersion) < 0,
    );
    const stillThere = ghosts.filter(
      ({ uid, resourceVersion }) => items.get(uid)?.resourceVersion === resourceVersion,
    );
    for (const item of late) upsert(item, 'list');
    for (const { uid } of stillThere) remove(uid, version);
    if (late.length + stillThere.length === 0) return;
    missed.inc({ kind }, late.length + stillThere.length);
    logger.warn(
      { kind, missed: late.length + stillThere.length },
      'an audit found changes that the watch had not told',
    );
  }

  const done = Promise.all([life(), audit()]);
  return {
    items,
    get synced() {
      return synced;
    },
    get age_ms() {
      return clock.monotonic() - progressAt;
    },
    get attemptAge_ms() {
      return clock.monotonic() - attemptAt;
    },
    get problem() {
      return synced ? undefined : problem;
    },
    offer(objects, version, whole) {
      const found = objects.map(project);
      for (const item of found) upsert(item, 'event');
      if (whole) removeOthers(new Set(found.map(({ uid }) => uid)), version);
    },
    async stop() {
      ending.abort(new AppError('cluster_failed', 'the program ends'));
      await done;
    },
  };
}

/** Resource versions of one kind are decimal numbers that grow; longer is larger. */
const newer = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

function sayProblem(error: unknown, kind: string): string {
  const status = error instanceof KubeError ? error.status : 0;
  if (status === 404)
    return `the API server does not know ${kind}: install the CRDs (dbintel crds | kubectl apply --server-side -f -)`;
  if (status === 403 || status === 401)
    return `the API server refuses to list ${kind}: check the ServiceAccount's rights`;
  return `${kind}: ${(error as Error).message}`;
}
