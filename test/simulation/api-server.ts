import type { WatchEvent } from '../../src/kubernetes/api-object.ts';
import type { KubeRequest } from '../../src/kubernetes/kube-client.ts';
import { kubeError } from '../../src/kubernetes/kube-error.ts';
import type { DatabaseTargetStatus } from '../../src/resources/kinds/database-target/status.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';

/**
 * The API server as far as a replica asks it: targets with their statuses behind the CRD's fence,
 * no EmergencyStops, one Secret, and a log of changes that watches follow.
 */
export interface SimApiServer {
  /** Throws KubeError. */
  handle(request: KubeRequest): unknown;
  /** Every change after `version`, in order. */
  changesSince(path: string, version: number): readonly WatchEvent[];
  readonly version: number;
  /** Calls back at every change, until the answer is called. */
  follow(path: string, onChange: () => void): () => void;
}

interface Stored {
  metadata: {
    uid: string;
    name: string;
    namespace: string;
    generation: number;
    labels: Record<string, string>;
    resourceVersion: string;
  };
  spec: unknown;
  status?: DatabaseTargetStatus;
}

interface State {
  objects: Map<string, Stored>;
  log: { version: number; event: WatchEvent }[];
  version: number;
  followers: Set<() => void>;
  /** What was broken, for all to see. */
  violate(what: string): void;
  fenced: boolean;
}

const group = '/apis/dbintel.io/v1alpha1';
export const targetsPath = `${group}/databasetargets`;

export function createSimApiServer(
  { targets, fenced }: { targets: readonly Target[]; fenced: boolean },
  violate: (what: string) => void,
): SimApiServer {
  const state: State = {
    objects: new Map(targets.map((target) => [pathOf(target), stored(target)])),
    log: [],
    version: 1_000,
    followers: new Set(),
    violate,
    fenced,
  };
  return {
    handle: (request) => structuredClone(handle(state, request)),
    changesSince: (path, version) =>
      path === targetsPath
        ? state.log.filter((each) => each.version > version).map(({ event }) => event)
        : [],
    get version() {
      return state.version;
    },
    follow(path, onChange) {
      if (path === targetsPath) state.followers.add(onChange);
      return () => void state.followers.delete(onChange);
    },
  };
}

const pathOf = ({ namespace, name }: Pick<Target, 'namespace' | 'name'>) =>
  `${group}/namespaces/${namespace}/databasetargets/${name}`;

/** As a person wrote it; in a cluster, credentials come from a Secret. */
const stored = ({ uid, namespace, name, generation, labels = {}, spec }: Target): Stored => ({
  metadata: { uid, namespace, name, generation, labels, resourceVersion: '1000' },
  spec: { ...spec, connection: { ...spec.connection, credentials: { secretRef: { name: 's' } } } },
});

function handle(state: State, request: KubeRequest): unknown {
  const { method, path, query } = request;
  const metadata = { resourceVersion: String(state.version) };
  if (method === 'GET') {
    const found = state.objects.get(path);
    if (found) return found;
    if (path === targetsPath)
      return { metadata, items: query?.['fieldSelector'] ? [] : [...state.objects.values()] };
    if (path === `${group}/emergencystops`) return { metadata, items: [] };
    if (path.includes('/secrets/')) return { data: { username: 'dQ==', password: 'cA==' } };
    if (path === '/api/v1/namespaces/kube-system') return { metadata: { uid: 'cluster' } };
  }
  if (path.includes('/events')) return {};
  const target = state.objects.get(path.replace(/\/status$/, ''));
  if (method === 'PATCH' && target && path.endsWith('/status'))
    return patchStatus(state, target, request.body as Operation[]);
  throw kubeError(`${method} ${path}`, 404, { message: 'not found', reason: 'NotFound' });
}

interface Operation {
  op: 'test' | 'add';
  path: string;
  value: unknown;
}

function patchStatus(state: State, target: Stored, operations: Operation[]): Stored {
  let next: DatabaseTargetStatus = target.status ?? {};
  for (const { op, path, value } of operations) {
    if (op === 'test' && value !== target.metadata.uid)
      throw kubeError('PATCH', 422, { message: 'another uid' });
    if (op === 'add' && path === '/status') next = value as DatabaseTargetStatus;
    else if (op === 'add') next = { ...next, [path.slice('/status/'.length)]: value };
  }
  checkFence(state, target, next.ownership);
  state.version += 1;
  target.status = next;
  target.metadata.resourceVersion = String(state.version);
  const object = structuredClone(target);
  state.log.push({ version: state.version, event: { type: 'MODIFIED', object } });
  for (const tell of state.followers) tell();
  return target;
}

type Owner = { holder: string; epoch: number } | undefined;

/** The rule of the CRD, and S2, which must hold whatever the rule lets pass. */
function checkFence(state: State, { metadata, status }: Stored, next: Owner): void {
  const old: Owner = status?.ownership;
  const follows = old
    ? next?.epoch === old.epoch + 1 || (next?.epoch === old.epoch && next.holder === old.holder)
    : next?.epoch === 1;
  if (!follows && state.fenced) {
    const causes = [{ field: 'status.ownership', message: 'fenced: another holder owns it' }];
    throw kubeError('PATCH', 422, { message: 'fenced', details: { causes } });
  }
  const before = `epoch ${old?.epoch} (${old?.holder})`;
  if (old && (!next || next.epoch < old.epoch || (next.epoch === old.epoch && !follows)))
    state.violate(
      `S2: the status of ${metadata.uid} went from ${before} to ${next?.epoch} (${next?.holder})`,
    );
}
