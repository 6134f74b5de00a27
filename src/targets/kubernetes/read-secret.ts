import { AppError } from '../../base/errors.ts';
import type { ReadSecret } from '../../credentials/secret/secret-provider.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';

/** Secrets by name: `get` is the only right that is needed. */
const timeout_ms = 10_000;

export const createReadSecret =
  (client: Pick<KubeClient, 'call'>): ReadSecret =>
  async ({ namespace, name }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    try {
      const { data = {} } = await client.call<{ data?: Record<string, string> }>({
        method: 'GET',
        path,
        timeout_ms,
      });
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      );
    } catch (error) {
      const status = error instanceof KubeError ? error.status : 0;
      throw new AppError('secret_unavailable', `the Secret ${namespace}/${name} ${why(status)}`, {
        cause: error,
      });
    }
  };

function why(status: number): string {
  if (status === 404) return 'does not exist';
  if (status === 403)
    return 'may not be read: the operator’s role needs "get" on secrets in this namespace';
  return 'could not be read';
}
