import type { Clock } from '../base/clock.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { parseTime } from '../base/quantity.ts';
import type { KubeClient } from '../kubernetes/kube-client.ts';
import { isForbidden } from '../kubernetes/kube-error.ts';
import { apiVersion } from '../resources/kind.ts';
import { indexApproval } from '../resources/kinds/index-approval/kind.ts';

/**
 * Approvals count only while the API server vouches for who they are from: the chart's policy is
 * there, is bound, and denies, and a forged approval is refused by it now. What was approved before
 * that was so counts for nothing.
 */
export interface ApprovalGuard {
  /** Milliseconds since the epoch. Throws AppError('cluster_failed') where it is not so. */
  since(signal?: AbortSignal): Promise<number>;
  /** What is missing, as last asked. */
  readonly problem: string | undefined;
}

export interface ApprovalGuardOptions {
  client: Pick<KubeClient, 'call'>;
  /** Of the policy, and of its binding. */
  policy: string;
  /** In the first where that may be tried a forged approval is, and never kept. */
  namespaces: readonly string[];
  clock: Clock;
  /** For a new policy to be acted by. */
  deadline_ms?: number;
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

/** The API server takes seconds to act by a new policy, and nobody was there to try it. */
const settling_ms = 10_000;
/** Where one is there to try it, it waits for that at most so long at a time. */
const usualDeadline_ms = 30_000;
const between_ms = 500;
/** Asked again after this. */
const trusted_ms = 30_000;
const call_ms = 10_000;
const path = '/apis/admissionregistration.k8s.io/v1';

export function openApprovalGuard(options: ApprovalGuardOptions): ApprovalGuard {
  const { client, policy: name, clock } = options;
  let known: { at: number; since: number } | undefined;
  let letThroughAt = 0;
  let problem: string | undefined = 'the policy for approvals has not been looked at';
  const read = (kind: string, within: Within) =>
    client.call<Policy>({ method: 'GET', path: `${path}/${kind}/${name}`, ...within });

  const untilRefused = async (within: Within): Promise<void> => {
    const deadline = clock.monotonic() + (options.deadline_ms ?? usualDeadline_ms);
    while (!(await isForgeryRefused(options, within))) {
      letThroughAt = clock.now();
      if (clock.monotonic() > deadline)
        throw new AppError('cluster_failed', `the policy ${name} lets a forged approval through`);
      await clock.sleep(between_ms, within.signal);
    }
  };
  return {
    get problem() {
      return problem;
    },
    async since(signal) {
      const within = { timeout_ms: call_ms, ...(signal ? { signal } : {}) };
      if (known && clock.monotonic() - known.at < trusted_ms) return known.since;
      known = undefined;
      try {
        const policy = await read('validatingadmissionpolicies', within);
        const binding = await read('validatingadmissionpolicybindings', within);
        if (!guards(policy) || !binds(binding, name))
          throw new AppError('cluster_failed', `the policy ${name} does not guard approvals`);
        const made = [policy, binding].map(({ metadata }) =>
          parseTime(metadata.creationTimestamp ?? '1970-01-01T00:00:00Z'),
        );
        await untilRefused(within);
        const since = Math.max(
          ...made.map((each) => each + settling_ms),
          letThroughAt + between_ms,
        );
        known = { at: clock.monotonic(), since };
        problem = undefined;
        return since;
      } catch (error) {
        // Who asked has gone: that says nothing of the policy.
        if (signal?.aborted) throw asAppError(error);
        const { message } = asAppError(error);
        problem = `nobody vouches for approvals: ${message}`;
        throw new AppError('cluster_failed', problem, { cause: error });
      }
    },
  };
}

interface Within {
  timeout_ms: number;
  signal?: AbortSignal;
}

/** Nobody has this name: it is not one that an API server gives. */
const forged = 'dbintel.io/nobody';

async function isForgeryRefused(options: ApprovalGuardOptions, within: Within): Promise<boolean> {
  let forbidden: unknown;
  for (const namespace of options.namespaces)
    try {
      return await isRefusedIn(namespace, options, within);
    } catch (error) {
      // With a namespace that is gone went the right to try there.
      if (!isForbidden(error)) throw error;
      forbidden ??= error;
    }
  throw forbidden;
}

/** Tried as a dry run: it is admitted, or refused, and in no case kept. */
async function isRefusedIn(
  namespace: string,
  { client, policy }: ApprovalGuardOptions,
  within: Within,
): Promise<boolean> {
  const { plural, kind } = indexApproval;
  try {
    await client.call({
      method: 'POST',
      path: `/apis/${apiVersion}/namespaces/${namespace}/${plural}`,
      query: { dryRun: 'All' },
      body: {
        apiVersion,
        kind,
        metadata: { generateName: 'dbintel-forged-' },
        spec: {
          recommendation: 'none',
          contentHash: `sha256:${'0'.repeat(64)}`,
          approvedBy: forged,
          decision: 'Reject',
        },
      },
      ...within,
    });
    return false;
  } catch (error) {
    // Without the right to try, RBAC refuses it: that proves nothing of the policy.
    if (asAppError(error).message.includes(`ValidatingAdmissionPolicy '${policy}'`)) return true;
    throw error;
  }
}

const guards = ({ spec }: Policy): boolean =>
  spec?.failurePolicy === 'Fail' &&
  (spec.validations ?? []).some(
    ({ expression }) => expression === 'object.spec.approvedBy == request.userInfo.username',
  ) &&
  (spec.validations ?? []).some(({ expression = '' }) => expression.includes("check('automate')"));

const binds = ({ spec }: Policy, name: string): boolean =>
  spec?.policyName === name && (spec.validationActions ?? []).includes('Deny');
