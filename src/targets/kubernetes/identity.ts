import type { Logger } from '../../base/logger.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';
import { crdPath } from '../../kubernetes/resource-path.ts';
import { databaseTarget } from '../../resources/kinds/database-target/kind.ts';

/**
 * A cluster has no name of its own. The uid of its kube-system namespace is as good: it is there
 * before anything else and never made anew. Where that may not be read, the uid of the CRD serves.
 * Both need `get` on that one object. Where neither may be read, the authority that the API
 * server's certificate is checked by tells most clusters apart.
 */
const objects = [
  { kind: 'kube-system', path: '/api/v1/namespaces/kube-system' },
  { kind: 'crd', path: crdPath(databaseTarget) },
] as const;

/** `kind:id`. Throws KubeError when the API server does not answer. */
export async function readIdentity(client: KubeClient, logger: Logger): Promise<string> {
  for (const { kind, path } of objects) {
    try {
      const { metadata } = await client.call<{ metadata: { uid: string } }>({
        method: 'GET',
        path,
        timeout_ms: 10_000,
      });
      return `${kind}:${metadata.uid}`;
    } catch (error) {
      if (!(error instanceof KubeError && (error.status === 403 || error.status === 404)))
        throw error;
    }
  }
  logger.warn(
    { remedy: 'give the role "get" on the namespace kube-system' },
    'the cluster is told from others by its authority alone: ' +
      'neither the namespace kube-system nor the CRD may be read',
  );
  return `authority:${client.authority}`;
}
