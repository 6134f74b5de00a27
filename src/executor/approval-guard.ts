import type { Clock } from '../base/clock.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { parseTime } from '../base/quantity.ts';
import type { KubeClient } from '../kubernetes/kube-client.ts';

/**
 * Approvals count only while the API server vouches for who they are from: the chart's policy is
 * there, is bound, and denies. What was approved before it was counts for nothing.
 */
export interface ApprovalGuard {
  /** Milliseconds since the epoch. Throws AppError('cluster_failed') where it is not so. */
  since(): Promise<number>;
  /** What is missing, as last asked. */
  readonly problem: string | undefined;
}

interface Policy {
  metadata: { creationTimestamp?: string };
  spec?: {
    failurePolicy?: string;
    validations?: { expression?: string }[];
    policyName?: string;
    validationActions?: string[];
  };
}

/** The API server takes seconds to act by a new policy. */
const settling_ms = 10_000;
/** Asked again after this. */
const trusted_ms = 30_000;
const path = '/apis/admissionregistration.k8s.io/v1';

export function openApprovalGuard(
  client: Pick<KubeClient, 'call'>,
  name: string,
  clock: Clock,
): ApprovalGuard {
  let known: { at: number; since: number } | undefined;
  let problem: string | undefined = 'the policy for approvals has not been looked at';
  const read = (kind: string) =>
    client.call<Policy>({ method: 'GET', path: `${path}/${kind}/${name}`, timeout_ms: 10_000 });
  return {
    get problem() {
      return problem;
    },
    async since() {
      if (known && clock.monotonic() - known.at < trusted_ms) return known.since;
      known = undefined;
      try {
        const policy = await read('validatingadmissionpolicies');
        const binding = await read('validatingadmissionpolicybindings');
        if (!guards(policy) || !binds(binding, name))
          throw new AppError('cluster_failed', `the policy ${name} does not guard approvals`);
        const made = [policy, binding].map(({ metadata }) =>
          parseTime(metadata.creationTimestamp ?? '1970-01-01T00:00:00Z'),
        );
        known = { at: clock.monotonic(), since: Math.max(...made) + settling_ms };
        problem = undefined;
        return known.since;
      } catch (error) {
        const { message } = asAppError(error);
        problem = `nobody vouches for approvals: ${message}`;
        throw new AppError('cluster_failed', problem, { cause: error });
      }
    },
  };
}

const guards = ({ spec }: Policy): boolean =>
  spec?.failurePolicy === 'Fail' &&
  (spec.validations ?? []).some(
    ({ expression }) => expression === 'object.spec.approvedBy == request.userInfo.username',
  ) &&
  (spec.validations ?? []).some(({ expression = '' }) => expression.includes("check('automate')"));

const binds = ({ spec }: Policy, name: string): boolean =>
  spec?.policyName === name && (spec.validationActions ?? []).includes('Deny');
