import { parseArgs } from 'node:util';
import { openExecutor } from '../app/open-executor.ts';
import { readConfig } from '../config.ts';
import { runProgram } from './run-program.ts';

export const help = `Usage: dbintel executor --policy NAME [--kubeconfig FILE] [--context NAME]
                        [--namespaces A,B] [--probes HOST:PORT]

Carries out the index changes of a cluster that somebody has approved (IndexApproval), on targets
that say spec.advice.mode: apply, with the credentials of spec.advice.executor. It does nothing
while the ValidatingAdmissionPolicy that vouches for approvals is not there, and obeys
EmergencyStops, blackouts, the health brake and spec.advice.window. The chart runs it where
executor.replicas is 1.

  --policy NAME        the policy (and its binding) that guards approvals; the chart says its name
  --kubeconfig FILE    instead of the pod's ServiceAccount, KUBECONFIG or ~/.kube/config
  --context NAME       of the kubeconfig
  --namespaces A,B     only targets in these           (DBINTEL_WATCH_NAMESPACES, default all)
  --probes HOST:PORT   /healthz, /readyz, /metrics     (DBINTEL_PROBES, default 127.0.0.1:8081)

On a server it makes one change at a time, on four at most side by side. SIGTERM ends a build that
runs, and removes what is left of it; the next executor begins it anew, and no try of it is used.
Only what brings back a missed index goes on at the server, and is found by the next one.
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      policy: { type: 'string', default: 'dbintel-approvals' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      namespaces: { type: 'string' },
      probes: { type: 'string' },
    },
  });
  const config = readConfig({
    DBINTEL_WATCH_NAMESPACES: values.namespaces,
    DBINTEL_PROBES: values.probes,
  });
  const { program, logger } = await openExecutor(config, values);
  return runProgram(program, { logger, ending: 'stopping: what is being built is ended' });
}
