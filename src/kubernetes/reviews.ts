import { apiGroup } from '../resources/kind.ts';
import type { KubeClient } from './kube-client.ts';

/**
 * Who somebody is and what they may, asked of the API server (TokenReview, SubjectAccessReview). It
 * wants the right to create both, which tells of tokens and rights and gives none. Both throw
 * KubeError while there is no answer.
 */
interface Subject {
  user: string;
  groups: readonly string[];
}

interface Question {
  verb: string;
  /** Absent: our own. */
  group?: string;
  resource: string;
  subresource?: string;
  /** '' is all of them. */
  namespace?: string;
  name?: string;
}

/** A token that was made for somebody else's ears is none for ours. */
const audience = 'dbintel';
/** Somebody waits for a page. */
const timeout_ms = 5_000;

export function createReviews(client: Pick<KubeClient, 'call'>) {
  const review = <T>(group: string, kind: string, spec: object) =>
    client.call<{ status?: T }>({
      method: 'POST',
      path: `/apis/${group}/v1/${kind.toLowerCase()}s`,
      body: { apiVersion: `${group}/v1`, kind, spec },
      timeout_ms,
    });
  return {
    async whose(token: string): Promise<Subject | undefined> {
      const { status } = await review<{
        authenticated?: boolean;
        audiences?: string[];
        user?: { username?: string; groups?: string[] };
      }>('authentication.k8s.io', 'TokenReview', { token, audiences: [audience] });
      const { username, groups = [] } = status?.user ?? {};
      const forUs = status?.audiences?.includes(audience);
      return status?.authenticated && forUs && username ? { user: username, groups } : undefined;
    },
    async allows({ user, groups }: Subject, question: Question): Promise<boolean> {
      const resourceAttributes = { group: apiGroup, ...question };
      const { status } = await review<{ allowed?: boolean; denied?: boolean }>(
        'authorization.k8s.io',
        'SubjectAccessReview',
        { user, groups, resourceAttributes },
      );
      return status?.allowed === true && status.denied !== true;
    },
  };
}

/** The name that the API server knows us by: what it will compare another name with. */
export async function whoAmI(client: Pick<KubeClient, 'call'>): Promise<string> {
  const kind = 'SelfSubjectReview';
  const { status } = await client.call<{ status?: { userInfo?: { username?: string } } }>({
    method: 'POST',
    path: `/apis/authentication.k8s.io/v1/${kind.toLowerCase()}s`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind },
    timeout_ms,
  });
  return status?.userInfo?.username ?? '';
}
