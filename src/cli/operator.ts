import { parseArgs } from 'node:util';
import { openReplica } from '../app/open-replica.ts';
import { readConfig } from '../config.ts';
import { runProgram } from './run-program.ts';

export const help = `Usage: dbintel operator [--kubeconfig FILE] [--context NAME] [--namespaces A,B]
                        [--data DIR] [--api HOST:PORT] [--probes HOST:PORT]

Collects from the DatabaseTargets of a cluster. Any number of replicas share the work through Redis
(DBINTEL_REDIS_ENDPOINTS); without Redis run one. All are alike; there is no leader. In a pod the
ServiceAccount is used, elsewhere the kubeconfig.

  --kubeconfig FILE    instead of the pod's ServiceAccount, KUBECONFIG or ~/.kube/config
  --context NAME       of the kubeconfig
  --namespaces A,B     only targets in these           (DBINTEL_WATCH_NAMESPACES, default all)
  --data DIR           history of this replica         (DBINTEL_DATA, default .dbintel)
  --api HOST:PORT      the API                         (DBINTEL_API, default 127.0.0.1:8080)
  --probes HOST:PORT   /healthz, /readyz, /metrics     (DBINTEL_PROBES, default 127.0.0.1:8081)

SIGTERM hands everything over: cycles in flight may finish, then others take the targets. A second
one cancels and leaves at once.
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      namespaces: { type: 'string' },
      data: { type: 'string' },
      api: { type: 'string' },
      probes: { type: 'string' },
    },
  });
  const config = readConfig({
    DBINTEL_WATCH_NAMESPACES: values.namespaces,
    DBINTEL_DATA: values.data,
    DBINTEL_API: values.api,
    DBINTEL_PROBES: values.probes,
  });
  const { program, logger } = await openReplica(config, values);
  return runProgram(program, {
    logger,
    ending: 'stopping: cycles in flight may finish, then others take over',
  });
}
