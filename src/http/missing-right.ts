import type { MissingRight } from './answers/missing.ts';
import type { Right } from './caller.ts';
import { type Question, questions } from './reviews.ts';

/** What says to somebody which right they lack, as the cluster calls it, and how it is given. */
export class RightMissing extends Error {
  readonly statusCode = 403;
  readonly missing: MissingRight;
  constructor(user: string, missing: MissingRight) {
    super(`${user} may not ${acts[missing.right]}: the right to ${missing.need} is missing`);
    this.missing = missing;
  }
}

const acts: Record<'read' | Right, string> = {
  read: 'read any target',
  stop: 'stop',
  resume: 'resume',
  check: 'check targets',
  judge: 'judge findings',
};

export interface Lacking {
  user: string;
  right: 'read' | Right;
  namespace?: string | undefined;
  /** A cluster says who may what. */
  cluster: boolean;
}

/** Pure. */
export function missingRight({ user, right, namespace, cluster }: Lacking): MissingRight {
  const { verb, resource, subresource, ...rest }: Question = questions[right];
  const kind = subresource ? `${resource}/${subresource}` : resource;
  const where = rest.namespace === undefined ? undefined : namespace;
  return {
    right,
    need: `${verb} ${kind}`,
    ...(where === undefined ? {} : { namespace: where }),
    how: cluster
      ? 'Who administers the cluster gives it; it holds within half a minute.'
      : 'Here no cluster is asked what people may: sign in with the API’s token.',
    grant: cluster
      ? grantOf(user, right, verb, `${resource}.dbintel.io${kind.slice(resource.length)}`, where)
      : [],
  };
}

function grantOf(
  user: string,
  right: string,
  verb: string,
  resource: string,
  namespace: string | undefined,
): string[] {
  const [role, at] = namespace === undefined ? ['clusterrole', ''] : ['role', ` -n ${namespace}`];
  const name = `dbintel-${right}`;
  return [
    `kubectl create ${role} ${name}${at} --verb=${verb} --resource=${resource}`,
    `kubectl create ${role}binding ${name}-${slugOf(user)}${at} --${role}=${name} ` +
      `--user=${quoted(user)}`,
  ];
}

/** A name of an object, of who may be called anything. */
const slugOf = (user: string): string =>
  user
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100) || 'somebody';

/** For a shell, in which nothing of it is more than a word. */
const quoted = (user: string): string =>
  /^[A-Za-z0-9:@._-]+$/.test(user) ? user : `'${user.replaceAll("'", "'\\''")}'`;
