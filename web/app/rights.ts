import type { SessionAnswer } from '../data/answers.ts';

/**
 * The rights that pages and what is on them take, in the words of the cluster: which one is
 * missing, what it is for, and what whoever may give it would type. Pure.
 */
export type RightName = 'read' | 'stop' | 'resume' | 'check' | 'judge';

interface Right {
  does: string;
  verb: string;
  resource: string;
  /** It is given in a namespace; else for the whole cluster. */
  inNamespace: boolean;
}

export const rights: Record<RightName, Right> = {
  read: {
    does: 'see targets, their statements, plans and findings',
    verb: 'get',
    resource: 'databasetargets',
    inNamespace: true,
  },
  judge: {
    does: 'say of a finding whether it is right',
    verb: 'patch',
    resource: 'databasetargets',
    inNamespace: true,
  },
  check: {
    does: 'connect to a database and check what collection needs',
    verb: 'create',
    resource: 'databasetargets/check',
    inNamespace: true,
  },
  stop: {
    does: 'stop collecting',
    verb: 'create',
    resource: 'emergencystops',
    inNamespace: false,
  },
  resume: {
    does: 'lift a stop',
    verb: 'delete',
    resource: 'emergencystops',
    inNamespace: false,
  },
};

export const rightWords = (name: RightName): string =>
  `${rights[name].verb} ${rights[name].resource}`;

/** Two commands: a role with this right alone, and its binding to who asks. */
export function grantCommands(name: RightName, user: string, namespace = 'NAMESPACE'): string[] {
  const { verb, resource, inNamespace } = rights[name];
  const [kind, role] = [inNamespace ? 'role' : 'clusterrole', `dbintel-${name}`];
  const where = inNamespace ? ` -n ${namespace}` : '';
  const [plural, sub] = resource.split('/');
  const full = `${plural}.dbintel.io${sub ? `/${sub}` : ''}`;
  return [
    `kubectl create ${kind} ${role} --verb=${verb} --resource=${full}${where}`,
    `kubectl create ${kind}binding ${role} --${kind}=${role} ${subjectOf(user)}${where}`,
  ];
}

function subjectOf(user: string): string {
  const [, account] = /^system:serviceaccount:([\w.-]+:[\w.-]+)$/.exec(user) ?? [];
  return account ? `--serviceaccount=${account}` : `--user=${quoted(user)}`;
}
const quoted = (word: string) =>
  /^[\w@.:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Undefined for `namespace`: any at all. */
export function mayRead({ mayRead: of }: SessionAnswer, namespace: string | undefined): boolean {
  if (of === 'all') return true;
  return namespace === undefined ? of.length > 0 : of.includes(namespace);
}
