import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { ApiObject } from './api-object.ts';
import { repeatAudit } from './audit.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError, kubeError } from './kube-error.ts';
import { createPages, type Listed } from './list-pages.ts';
import { createObjectCache, type Item, type ObjectCache, type Why } from './object-cache.ts';
import { createTroubleTeller, type TroubleTeller } from './trouble-teller.ts';

/**
 * A copy of one kind's objects that follows the API server: list in pages, then watch, and list
 * again when the server has forgotten where we were. What is kept of an object is a projection: ten
 * thousand whole objects would be a hundred megabytes. Handlers must be quick: they enqueue.
 */
export interface Reflector<T extends Item> {
  readonly items: ReadonlyMap<string, T>;
  /** Listed once. */
  readonly synced: boolean;
  /** It may not be listed: the right to is missing, with the whole namespace, say. */
  readonly refused: boolean;
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
  /** Why the watch could not be begun or ended, until it tells something again. */
  readonly trouble: string | undefined;
  /**
   * What was read on another way, as of `version`. `whole`: it is all there was, so what is missing
   * is gone.
   */
  offer(objects: readonly ApiObject[], version: string, whole: boolean): void;
  stop(): Promise<void>;
}

export interface ReflectorHandler<T> {
  /** New or changed. `list`: found while listing, not told by an event. */
  upsert(item: T, why: Why): void;
  gone(item: T): void;
  synced(): void;
}

export interface ReflectorDeps<T extends Item> {
  client: KubeClient;
  /** The collection's path. */
  path: string;
  /** Only those whose selectable fields are so. */
  fields?: string;
  /** For metrics and logs. */
  kind: string;
  project(object: ApiObject): T;
  handler: ReflectorHandler<T>;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  pageSize?: number;
  audit_ms?: number;
}

const retries: Backoff = { first_ms: 800, most_ms: 30_000 };
/** Every replica is told at once that its version is too old: lists are spread a little. */
const expiredSpread_ms = 500;
/** A kind that is not installed yet may be, any moment. */
const notInstalled_ms = 3_000;
/** Bookmarks come once a minute; a peer that is silent for longer is gone, whatever TCP says. */
const silence_ms = 75_000;
/** After so many failures in a row where we were is not trusted any more. */
const failuresUntilRelist = 3;
/** A watch that was open for so long was one; longer than it is waited for to be opened. */
const held_ms = 15_000;
/** One that ends sooner, however politely, is not begun again at once. */
const least_ms = 1_000;

/** Where one is: what was heard, and when. */
interface State {
  synced: boolean;
  refused: boolean;
  problem: string | undefined;
  progressAt: number;
  attemptAt: number;
  watched: boolean;
  /** Up to which all is known; undefined: everything is to be listed. */
  version: string | undefined;
  /** The watch that is open has told something, other than that it is over. */
  lives: boolean;
}

interface Parts<T extends Item> {
  deps: ReflectorDeps<T>;
  cache: ObjectCache<T>;
  state: State;
  trouble: TroubleTeller;
  signal: AbortSignal;
  /** The version as of which everything was listed, and the uids of what is there. */
  list(each: (item: T) => void): Promise<Listed>;
  relisted(): void;
}

export function startReflector<T extends Item>(deps: ReflectorDeps<T>): Reflector<T> {
  const { clock, metrics, project } = deps;
  const ending = new AbortController();
  const relists = metrics.counter(
    'dbintel_watch_relists_total',
    'Times that everything was listed anew.',
    ['kind'],
  );
  const now = clock.monotonic();
  const state: State = {
    synced: false,
    refused: false,
    problem: 'not listed yet',
    progressAt: now,
    attemptAt: now,
    watched: false,
    version: undefined,
    lives: false,
  };
  const onPage = () => void (state.attemptAt = clock.monotonic());
  const pages = createPages({ ...deps, signal: ending.signal, onPage });
  const parts: Parts<T> = {
    deps,
    cache: createObjectCache(deps.handler),
    state,
    trouble: createTroubleTeller(deps.kind, deps),
    signal: ending.signal,
    async list(each) {
      const uids = new Set<string>();
      const version = await pages((object) => {
        const item = project(object);
        uids.add(item.uid);
        each(item);
      });
      return { version, uids };
    },
    relisted: () => relists.inc({ kind: deps.kind }),
  };
  const done = Promise.all([life(parts), repeatAudit({ ...parts, ...deps })]);
  return {
    items: parts.cache.items,
    get synced() {
      return state.synced;
    },
    get refused() {
      return state.refused;
    },
    get age_ms() {
      return clock.monotonic() - state.progressAt;
    },
    get attemptAge_ms() {
      return clock.monotonic() - state.attemptAt;
    },
    get problem() {
      return state.synced ? undefined : state.problem;
    },
    get trouble() {
      return state.synced ? state.problem : undefined;
    },
    offer(objects, version, whole) {
      const found = objects.map(project);
      for (const item of found) parts.cache.upsert(item, 'event');
      if (whole) parts.cache.removeOthers(new Set(found.map(({ uid }) => uid)), version);
    },
    async stop() {
      ending.abort(new AppError('program_ending', 'the program ends'));
      await done;
    },
  };
}

async function life<T extends Item>(parts: Parts<T>): Promise<void> {
  let failures = 0;
  while (!parts.signal.aborted) failures = await round(parts, failures);
}

/** `failures`: of rounds in a row that came to nothing; resolves with how many there are now. */
async function round<T extends Item>(parts: Parts<T>, failures: number): Promise<number> {
  const { deps, state, signal } = parts;
  const now = deps.clock.monotonic;
  state.attemptAt = now();
  state.lives = false;
  let began = Number.POSITIVE_INFINITY;
  try {
    state.version ??= await relist(parts);
    began = now();
    if (!state.watched) state.progressAt = began;
    state.watched = true;
    await follow(parts, state.version);
    if (now() - began < least_ms) throw new Error('the watch was ended as soon as it had begun');
    return 0;
  } catch (error) {
    if (signal.aborted) return failures;
    // A proxy cuts what was idle for a minute, again and again: that is no failure after another.
    const held = state.lives || now() - began >= held_ms;
    return recover(parts, held ? 0 : failures, error);
  }
}

async function relist<T extends Item>({ deps, cache, state, ...parts }: Parts<T>): Promise<string> {
  parts.relisted();
  cache.forgetGone();
  const { version, uids } = await parts.list((item) => cache.upsert(item, 'list'));
  cache.removeOthers(uids, version);
  state.problem = undefined;
  state.refused = false;
  if (!state.synced) {
    state.synced = true;
    deps.handler.synced();
  }
  return version;
}

/** Follows from `version` on. Throws KubeError(410) when the server has forgotten. */
async function follow<T extends Item>(
  {
    deps: { client, path, fields, project, clock, random },
    cache,
    state,
    trouble,
    signal,
  }: Parts<T>,
  version: string,
): Promise<void> {
  const query = {
    resourceVersion: version,
    allowWatchBookmarks: 'true',
    ...(fields === undefined ? {} : { fieldSelector: fields }),
    timeoutSeconds: String(Math.round(300 + 300 * random.next())),
  };
  for await (const event of client.watch(path, query, silence_ms, signal)) {
    state.attemptAt = clock.monotonic();
    state.progressAt = state.attemptAt;
    state.problem = undefined;
    if (event.type === 'ERROR') throw kubeError(`WATCH ${path}`, 500, event.object);
    state.lives = true;
    trouble.tells();
    if (event.type !== 'BOOKMARK') {
      const item = project(event.object);
      if (event.type === 'DELETED') cache.remove(item.uid, item.resourceVersion);
      else cache.upsert(item, 'event');
    }
    // Only what was taken up is behind us: what throws is told again.
    state.version = event.object.metadata.resourceVersion;
  }
}

/** Says what is wrong, waits, and decides whether to go on from where it was. */
async function recover<T extends Item>(
  { deps, state, trouble, signal }: Parts<T>,
  failures: number,
  error: unknown,
): Promise<number> {
  const { clock, random, kind, path } = deps;
  const failure = error instanceof KubeError ? error : undefined;
  // What was not told in so long is read; it does not count as the watch's.
  const silent = clock.monotonic() - state.progressAt >= silence_ms;
  const reason = error instanceof Error ? error.message : String(error);
  state.refused = failure?.status === 403;
  state.problem = sayProblem(failure?.status, reason, `${kind}${placeOf(path)}`);
  trouble.ended({ status: failure?.status, reason }, failures);
  const wait_ms = failure?.retryAfter_ms ?? patience_ms(failure?.status, failures, random);
  await clock.sleep(wait_ms, signal).catch(() => undefined);
  if (failure?.status === 410 || silent || failures >= failuresUntilRelist)
    state.version = undefined;
  return failures + 1;
}

/**
 * A list that is needed anyway is not put off; one that is followed by the next must not burden a
 * server that is in trouble.
 */
function patience_ms(status: number | undefined, failures: number, random: Random): number {
  if (status === 410 && failures === 0) return expiredSpread_ms * random.next();
  return status === 404 ? notInstalled_ms : backoffDelay(failures, retries, random);
}

/** The namespace, in words; nothing where it is the whole cluster. */
const placeOf = (path: string): string => {
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? [];
  return namespace === undefined ? '' : ` in ${namespace}`;
};

const install = 'install the CRDs (dbintel crds | kubectl apply --server-side -f -)';
function sayProblem(status: number | undefined, reason: string, what: string): string {
  if (status === 404) return `the API server does not know ${what}: ${install}`;
  if (status === 403 || status === 401)
    return `the API server refuses to list ${what}: check the ServiceAccount's rights`;
  return `${what}: ${reason}`;
}
