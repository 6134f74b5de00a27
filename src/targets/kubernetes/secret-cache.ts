import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';

/**
 * Secrets by name, in memory for an hour: `get` is the only right we need, and a fleet does not ask
 * for ten thousand secrets a minute.
 */
export interface SecretCache {
  read(namespace: string, name: string, fresh: boolean): Promise<Record<string, string>>;
}

const kept_ms = 3_600_000;
const limit = 20_000;

export function createSecretCache(client: KubeClient, clock: Clock): SecretCache {
  const known = new Map<string, { at: number; values: Record<string, string> }>();
  return {
    async read(namespace, name, fresh) {
      const key = `${namespace}/${name}`;
      const cached = known.get(key);
      if (cached && !fresh && clock.monotonic() - cached.at < kept_ms) return cached.values;
      const values = await fetchSecret(client, namespace, name);
      if (known.size >= limit) known.delete(known.keys().next().value as string);
      known.set(key, { at: clock.monotonic(), values });
      return values;
    },
  };
}

async function fetchSecret(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<Record<string, string>> {
  try {
    const { data = {} } = await client.call<{ data?: Record<string, string> }>({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/secrets/${name}`,
      timeout_ms: 10_000,
    });
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  } catch (error) {
    const status = error instanceof KubeError ? error.status : 0;
    const why =
      status === 404
        ? 'does not exist'
        : status === 403
          ? 'may not be read: the operator’s role needs "get" on secrets in this namespace'
          : 'could not be read';
    throw new AppError('secret_unavailable', `the Secret ${namespace}/${name} ${why}`, {
      cause: error,
    });
  }
}
