import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import { AppError } from '../base/errors.ts';

/** Where the API server is and who we are there, as @kubernetes/client-node finds it out. */
export interface ConfigSource {
  /**
   * Undefined: KUBECONFIG or ~/.kube/config where there is one, the pod's ServiceAccount otherwise.
   */
  kubeconfig?: string;
  context?: string;
}

const connectTimeout_ms = 5_000;
/** Longer than any pause between requests, so that a connection is made once. */
const keepAlive_ms = 30_000;
/** Watches hold one each; the rest is for calls. */
const connectionLimit = 64;

/** Throws AppError('cluster_failed') when there is no configuration. */
export function loadConfig({ kubeconfig, context }: ConfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
    if (context) config.setCurrentContext(context);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw failed(`the kubeconfig cannot be read: ${why}`, error);
  }
  if (context && !config.getContextObject(context))
    throw failed(`the kubeconfig has no context "${context}"`);
  const cluster = config.getCurrentCluster();
  if (!cluster || (!kubeconfig && cluster.name === 'cluster' && cluster.server === madeUp))
    throw failed('no cluster is configured: set KUBECONFIG, or run in a pod');
  return config;
}

/** Of the library, where it finds nothing. */
const madeUp = 'http://localhost:8080';

const failed = (message: string, cause?: unknown) =>
  new AppError('cluster_failed', message, { cause });

/** A digest of what the server's certificate is checked by; of its address where that is public. */
export function authorityOf(config: KubeConfig, server: string): string {
  const { caData, caFile } = config.getCurrentCluster() ?? {};
  const authority = caData ? Buffer.from(caData, 'base64') : caFile ? readFileSync(caFile) : server;
  return createHash('sha256').update(authority).digest('hex').slice(0, 32);
}

export const namespaceOf = (config: KubeConfig): string =>
  config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';

/** What of the library makes a pool of connections: private there, and anew for each request. */
interface Internals {
  createDispatcherOptions(cluster: unknown, options: object): { type: string; connect?: object };
  createDispatcher(cluster: unknown, options: object): Dispatcher | undefined;
}

/** Makes one pool per set of credentials; gives all that were made. */
export function keepDispatchers(config: KubeConfig): () => Dispatcher[] {
  const internals = config as unknown as Internals;
  const made = new Map<string, Dispatcher>();
  const original = internals.createDispatcher.bind(config);
  internals.createDispatcher = (cluster, options) => {
    const described = internals.createDispatcherOptions(cluster, options);
    const key = JSON.stringify(described);
    const dispatcher =
      made.get(key) ??
      (described.type === 'agent' ? poolOf(described.connect) : original(cluster, options));
    if (dispatcher) made.set(key, dispatcher);
    return dispatcher;
  };
  return () => [...made.values()];
}

const poolOf = (connect: object | undefined) =>
  new Agent({
    connect: { timeout: connectTimeout_ms, ...connect },
    connections: connectionLimit,
    keepAliveTimeout: keepAlive_ms,
  });
