import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Kind } from '../resources/kind.ts';
import { listBytes } from './answer.ts';
import type { ApiList, ApiObject } from './api-object.ts';
import type { KubeClient } from './kube-client.ts';
import { isForbidden } from './kube-error.ts';
import type { Item } from './object-cache.ts';
import { type Reflector, type ReflectorHandler, startReflector } from './reflector.ts';
import { createResourceClient, type ResourceClient } from './resource-client.ts';
import { collectionPath } from './resource-path.ts';

/**
 * The objects of one kind: those that there are as they were last told, and each asked or written
 * at the API server itself. Follows one collection, or one of each namespace that is named.
 */
export interface ResourceStore<K extends Kind, T extends Item> extends ResourceClient<K> {
  /** From memory. */
  list(): T[];
  /** From memory, by uid. */
  get(uid: string): T | undefined;
  /** Tells of every object, then of every change; handlers must be quick. Returns how it ends. */
  watch(handler: ReflectorHandler<T>): () => void;
  /**
   * Asks beside the watch, which may be silent without anybody noticing, and takes the answer in.
   * `all`: for everything that there is, so that what is missing is gone; `field=value`: for those.
   * Answers how many there are. Does nothing with what has not been listed yet. Where one namespace
   * may not be read, the others are asked all the same before that is thrown.
   */
  poll(which: Which, timeout_ms: number, signal: AbortSignal): Promise<number>;
  /** Everything has been listed once. */
  readonly synced: boolean;
  /** Some are, and all others may not be: what there is to work on is known. */
  readonly enough: boolean;
  /** Since the longest silent watch last told something, milliseconds. */
  readonly age_ms: number;
  /** Of the watch that tells of this namespace; never, where none does. */
  ageIn_ms(namespace: string): number;
  /** Since one last tried, of the one that did not for the longest time. */
  readonly attemptAge_ms: number;
  /** What keeps it from being synced, for people. */
  readonly problem: string | undefined;
  /** What keeps a watch from telling anything, where all was listed once; for people. */
  readonly trouble: string | undefined;
  stop(): Promise<void>;
}

export type Which = { kind: 'all' } | { kind: 'where'; field: string; value: string };

export interface ResourceStoreDeps<K extends Kind, T extends Item> {
  client: KubeClient;
  kind: K;
  /** Empty: the whole cluster. */
  namespaces: readonly string[];
  /** Follows only those whose selectable fields are so. */
  fields?: string;
  /** What is kept of an object. */
  project(object: ApiObject): T;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

export function openResourceStore<K extends Kind, T extends Item>(
  deps: ResourceStoreDeps<K, T>,
): ResourceStore<K, T> {
  const handlers = new Set<ReflectorHandler<T>>();
  const parts = follow(deps, handlers);
  const reflectors = parts.map(({ reflector }) => reflector);
  const list = () => reflectors.flatMap(({ items }) => [...items.values()]);
  const synced = () => reflectors.every((each) => each.synced);
  return {
    ...createResourceClient(deps.client, deps.kind),
    list,
    get: (uid) => reflectors.map(({ items }) => items.get(uid)).find((each) => each !== undefined),
    watch(handler) {
      handlers.add(handler);
      for (const item of list()) handler.upsert(item, 'list');
      if (synced()) handler.synced();
      return () => void handlers.delete(handler);
    },
    async poll(which, timeout_ms, signal) {
      let found = 0;
      let refusal: unknown;
      for (const part of parts)
        try {
          found += await poll(deps, part, which, { timeout_ms, signal });
        } catch (error) {
          if (!isForbidden(error)) throw error;
          refusal ??= error;
        }
      if (refusal) throw refusal;
      return found;
    },
    get synced() {
      return synced();
    },
    get enough() {
      return (
        reflectors.some((each) => each.synced) &&
        reflectors.every((each) => each.synced || each.refused)
      );
    },
    get age_ms() {
      return Math.max(...reflectors.map(({ age_ms }) => age_ms));
    },
    ageIn_ms: (namespace) =>
      parts.find((each) => (each.namespace ?? namespace) === namespace)?.reflector.age_ms ??
      Number.POSITIVE_INFINITY,
    get attemptAge_ms() {
      return Math.max(...reflectors.map(({ attemptAge_ms }) => attemptAge_ms));
    },
    get problem() {
      return reflectors.map(({ problem }) => problem).find((each) => each !== undefined);
    },
    get trouble() {
      return reflectors.map(({ trouble }) => trouble).find((each) => each !== undefined);
    },
    async stop() {
      await Promise.all(reflectors.map((each) => each.stop()));
    },
  };
}

interface Part<T extends Item> {
  /** Undefined: all. */
  namespace: string | undefined;
  path: string;
  reflector: Reflector<T>;
}

/** A reflector of each collection; handlers are told that all is listed when the last one is. */
function follow<K extends Kind, T extends Item>(
  deps: ResourceStoreDeps<K, T>,
  handlers: ReadonlySet<ReflectorHandler<T>>,
): Part<T>[] {
  const { kind, namespaces } = deps;
  const tell = (what: (handler: ReflectorHandler<T>) => void) => {
    for (const handler of handlers) what(handler);
  };
  const places = namespaces.length ? namespaces : [undefined];
  let unlisted = places.length;
  const handler: ReflectorHandler<T> = {
    upsert: (item, why) => tell((each) => each.upsert(item, why)),
    gone: (item) => tell((each) => each.gone(item)),
    synced() {
      unlisted -= 1;
      if (unlisted === 0) tell((each) => each.synced());
    },
  };
  return places.map((namespace) => {
    const path = collectionPath(kind, namespace);
    const reflector = startReflector({ ...deps, path, kind: kind.plural, handler });
    return { namespace, path, reflector };
  });
}

async function poll<T extends Item>(
  { client }: { client: KubeClient },
  { path, reflector }: Part<T>,
  which: Which,
  limits: { timeout_ms: number; signal: AbortSignal },
): Promise<number> {
  const request = { path, query: pollQuery(which), most_bytes: listBytes, ...limits };
  const { items = [], metadata } = await client.call<ApiList>({ method: 'GET', ...request });
  if (reflector.synced)
    reflector.offer(items, metadata?.resourceVersion ?? '', which.kind === 'all');
  return items.length;
}

/** Version 0 has the API server answer from its memory, not from etcd. */
const pollQuery = (which: Which): Record<string, string> => ({
  ...(which.kind === 'where' ? { fieldSelector: `${which.field}=${which.value}` } : {}),
  resourceVersion: '0',
});
