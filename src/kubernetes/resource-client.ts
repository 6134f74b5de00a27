import { apiVersion, type Kind, type SpecOf, type StatusOf } from '../resources/kind.ts';
import { listBytes } from './answer.ts';
import type { ApiObject } from './api-object.ts';
import type { KubeClient, KubeRequest } from './kube-client.ts';
import { isNotThere, KubeError } from './kube-error.ts';
import { collectionPath, type ObjectRef, objectPath } from './resource-path.ts';

/**
 * The objects of one kind, asked of the API server itself. Everything that fails otherwise than is
 * said throws KubeError.
 */
export interface ResourceClient<K extends Kind> {
  read(ref: ObjectRef, options?: { timeout_ms: number }): Promise<ApiObject<StatusOf<K>>>;
  /** Undefined: there is none of that name. */
  readIfThere(
    ref: ObjectRef,
    options?: { signal?: AbortSignal },
  ): Promise<ApiObject<StatusOf<K>> | undefined>;
  exists(ref: ObjectRef): Promise<boolean>;
  /**
   * Of one namespace, or of all; the first `most` of them where that is said; `fields`: those whose
   * selectable fields are so.
   */
  readAll(options?: {
    namespace?: string;
    most?: number;
    fields?: string;
    signal?: AbortSignal;
  }): Promise<ApiObject<StatusOf<K>>[]>;
  /** Of that name, once. */
  createNamed(ref: ObjectRef, spec: SpecOf<K>): Promise<ApiObject<StatusOf<K>>>;
  /**
   * The fields that are named, null for none; on condition that nobody has written since that
   * version was read. Undefined: somebody has, or it is gone.
   */
  mergeStatus(object: VersionedRef, status: object): Promise<ApiObject<StatusOf<K>> | undefined>;
  /** On the same condition. */
  setFinalizers(
    object: VersionedRef,
    finalizers: readonly string[],
  ): Promise<ApiObject<StatusOf<K>> | undefined>;
  /** The API server chooses the name. Sent once: a lost answer is an error. */
  create(
    namePrefix: string,
    spec: SpecOf<K>,
    annotations?: Record<string, string>,
  ): Promise<ApiObject<StatusOf<K>>>;
  /** False: there is none of that name. */
  delete(ref: ObjectRef): Promise<boolean>;
  /**
   * Changes one annotation, whoever else changes the object meanwhile; undefined: it has none.
   * `change` may be asked more than once, and what it throws is thrown.
   */
  annotate(ref: ObjectRef, name: string, change: Change): Promise<void>;
  /** Onto the very object that is meant, or not at all. */
  patchStatus(
    object: ObjectRef & { uid: string },
    patch: StatusPatch,
    options?: { timeout_ms: number },
  ): Promise<Patched<K>>;
  /** Why the API server would not take the manifest; undefined: it would. Nothing is changed. */
  refusal(manifest: { metadata: ObjectRef }): Promise<string | undefined>;
}

type VersionedRef = ObjectRef & { resourceVersion: string };

type Change = (before: string | undefined) => string | undefined;

/** What to put into the status: as a whole, or some of its fields. */
export type StatusPatch = { status: object } | { fields: Record<string, unknown> };

export type Patched<K extends Kind> =
  | { kind: 'written'; object: ApiObject<StatusOf<K>> }
  /** There is none of that name, or it is another one by now. */
  | { kind: 'gone' }
  /** One of the rules of the kind, by its name, does not hold. */
  | { kind: 'refused'; rule: string };

const jsonPatch = 'application/json-patch+json';
const mergePatch = 'application/merge-patch+json';
/** A status is written now and then; that it is each time is not to be expected. */
const annotateTries = 10;
const applyPatch = 'application/apply-patch+yaml';
/** Who asks, in managed fields; nothing is ever written under it. */
const fieldManager = 'kubectl-dbintel';

export function createResourceClient<K extends Kind>(
  client: Pick<KubeClient, 'call'>,
  kind: K,
): ResourceClient<K> {
  const ask = (request: KubeRequest) => client.call<ApiObject<StatusOf<K>>>(request);
  const path = (ref: ObjectRef) => objectPath(kind, ref);
  const merge = (at: string, body: object) =>
    unless([404, 409], ask({ method: 'PATCH', path: at, contentType: mergePatch, body }));
  return {
    read: (ref, options) => ask({ method: 'GET', path: path(ref), ...options }),
    exists: (ref) => found(ask({ method: 'GET', path: path(ref) })),
    readIfThere: (ref, options) =>
      unless([404], ask({ method: 'GET', path: path(ref), ...options })),
    async readAll({ namespace, most, fields, signal } = {}) {
      const { items } = await client.call<{ items: ApiObject<StatusOf<K>>[] }>({
        method: 'GET',
        path: collectionPath(kind, namespace),
        query: {
          ...(most === undefined ? {} : { limit: String(most) }),
          ...(fields === undefined ? {} : { fieldSelector: fields }),
        },
        most_bytes: listBytes,
        ...(signal ? { signal } : {}),
      });
      return items;
    },
    create: (namePrefix, spec, annotations) =>
      ask({
        method: 'POST',
        path: collectionPath(kind),
        once: true,
        body: {
          apiVersion,
          kind: kind.kind,
          metadata: { generateName: namePrefix, ...(annotations ? { annotations } : {}) },
          spec,
        },
      }),
    createNamed: (ref, spec) =>
      ask({
        method: 'POST',
        path: collectionPath(kind, ref.namespace),
        once: true,
        body: { apiVersion, kind: kind.kind, metadata: ref, spec },
      }),
    mergeStatus: ({ resourceVersion, ...ref }, status) =>
      merge(`${path(ref)}/status`, { metadata: { resourceVersion }, status }),
    setFinalizers: ({ resourceVersion, ...ref }, finalizers) =>
      merge(path(ref), { metadata: { resourceVersion, finalizers } }),
    delete: (ref) => found(ask({ method: 'DELETE', path: path(ref) })),
    async annotate(ref, name, change) {
      for (let attempt = 1; ; attempt += 1) {
        const { metadata } = await ask({ method: 'GET', path: path(ref) });
        const { resourceVersion, annotations } = metadata;
        const value = change(annotations?.[name]) ?? null;
        const body = { metadata: { resourceVersion, annotations: { [name]: value } } };
        try {
          await ask({ method: 'PATCH', path: path(ref), contentType: mergePatch, body });
          return;
        } catch (error) {
          const changed = error instanceof KubeError && error.status === 409;
          if (!changed || attempt === annotateTries) throw error;
        }
      }
    },
    async patchStatus({ uid, ...ref }, patch, options) {
      const body = [{ op: 'test', path: '/metadata/uid', value: uid }, ...operationsOf(patch)];
      const request = { path: `${path(ref)}/status`, contentType: jsonPatch, body, ...options };
      let object: ApiObject<StatusOf<K>>;
      try {
        object = await ask({ method: 'PATCH', ...request });
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        const refusal = refusalOf(kind, error);
        const isThere = async () => {
          const now = await unless([404], ask({ method: 'GET', path: path(ref), ...options }));
          return now?.metadata.uid === uid;
        };
        // A webhook may refuse in the same words as a test that failed; and a CRD without a status
        // answers as if the object were not there.
        if (!refusal || (refusal.kind === 'gone' && (await isThere()))) throw error;
        return refusal;
      }
      const lost = lostOf(kind, patch, object.status);
      if (lost !== undefined) throw prunedError(request.path, lost);
      return { kind: 'written', object };
    },
    async refusal(manifest) {
      const query = { dryRun: 'All', force: 'true', fieldManager };
      const request = { path: path(manifest.metadata), contentType: applyPatch, query };
      try {
        await ask({ method: 'PATCH', ...request, body: manifest });
        return undefined;
      } catch (error) {
        if (error instanceof KubeError && error.status >= 400 && error.status < 500)
          return error.message;
        throw error;
      }
    },
  };
}

const operationsOf = (patch: StatusPatch) =>
  'status' in patch
    ? [{ op: 'add', path: '/status', value: patch.status }]
    : Object.entries(patch.fields).map(([name, value]) => ({
        op: 'add',
        path: `/status/${name}`,
        value,
      }));

/**
 * A schema of another release, or one that was cut by hand, takes a status and keeps nothing of it,
 * without a word. Some of it may be lost; not all, nor the field of one of the kind's rules, which
 * would hold no more.
 */
function lostOf(
  { rules = [] }: Pick<Kind, 'rules'>,
  patch: StatusPatch,
  kept: unknown,
): string | undefined {
  const sent = Object.keys(('status' in patch ? patch.status : patch.fields) ?? {});
  const isLost = (name: string) => !Object.hasOwn(kept ?? {}, name);
  const needed = sent.find(
    (name) => isLost(name) && rules.some((r) => r.field === `status.${name}`),
  );
  if (needed) return `status.${needed}`;
  return sent.length > 0 && sent.every(isLost) ? 'a status' : undefined;
}

const prunedError = (path: string, lost: string) =>
  new KubeError(`PATCH ${path}`, {
    status: 422,
    reason: 'Pruned',
    message: `the CRD of its kind keeps nothing of ${lost}: install the CRDs of this version`,
    causes: [],
  });

/** Undefined where the API server answers so. */
async function unless<T>(statuses: readonly number[], asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubeError && statuses.includes(error.status))
      if (error.status !== 404 || isNotThere(error)) return undefined;
    throw error;
  }
}

async function found(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof KubeError && isNotThere(error)) return false;
    throw error;
  }
}

/**
 * 404, or another uid (which looks like any refusal without a cause): gone or recreated. A cause at
 * the field of one of the kind's rules, with its name: that rule. Everything else is an error.
 */
export function refusalOf(
  { rules = [] }: Pick<Kind, 'rules'>,
  error: Pick<KubeError, 'status' | 'reason' | 'causes'>,
): { kind: 'gone' } | { kind: 'refused'; rule: string } | undefined {
  const { status, causes } = error;
  if (isNotThere(error)) return { kind: 'gone' };
  if (status !== 422) return undefined;
  if (causes.length === 0) return { kind: 'gone' };
  const broken = rules.find(({ name, field }) =>
    causes.some((cause) => cause.field === field && cause.message.includes(`${name}:`)),
  );
  return broken && { kind: 'refused', rule: broken.name };
}
