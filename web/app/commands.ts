import { useQuery } from '@tanstack/react-query';
import { shellWord } from '../../src/base/shell-word.ts';
import type { ReplicasAnswer } from '../data/answers.ts';
import { replicasQuery } from '../data/queries.ts';

/**
 * The command that shows or does the same as a page: in a cluster kubectl's, without one that of
 * the program on this machine, whose data folder it is.
 */
export interface Commands {
  describe(namespace: string, name: string): string;
  /** The heaviest statements of a target with their plans. */
  statements(namespace: string, name: string): string;
  /** Of all; without a cluster, of one: `namespace/name`. */
  list(namespace: string | undefined, first: string): string;
  stop(scope: string): string;
  stops: string;
  finding(rest: string): string;
  /** What is advised for a target; where none is named, for one to be named. */
  advise(target: CommandTarget | undefined): string;
  /** One proposal. */
  advice(id: string, target: CommandTarget): string;
}

interface CommandTarget {
  ns: string;
  name: string;
}

/** Of a program without a cluster: its folders that are not the default. */
export interface Folders {
  data?: string | undefined;
  targets?: string | undefined;
}

export const commandsOf = (alone: Folders | undefined): Commands =>
  alone ? withoutCluster(named(alone, 'data')) : ofCluster;

/** Behind a command, so that it finds from any folder what the page is about. */
export const named = (folders: Folders, ...which: readonly (keyof Folders)[]): string =>
  which
    .map((each) => [each, folders[each]] as const)
    .map(([each, folder]) => (folder === undefined ? '' : ` --${each} ${shellWord(folder)}`))
    .join('');

const withoutCluster = (data: string): Commands => ({
  describe: (namespace, name) => `dbintel describe ${namespace}/${name}${data}`,
  statements: (namespace, name) => `dbintel finding list ${namespace}/${name}${data}`,
  list: (_, first) => `dbintel describe ${first}${data}`,
  stop: (scope) => `dbintel stop ${scope} --reason '…'${data}`,
  stops: `dbintel stop --list${data}`,
  finding: (rest) => `dbintel finding ${rest}${data}`,
  advise: (target) =>
    `dbintel advise TARGET.yaml${target ? ` --target ${target.ns}/${target.name}` : ''}${data}`,
  advice: (id) => `dbintel advise show ${id}${data}`,
});

const ofCluster: Commands = {
  describe: (namespace, name) => `kubectl describe dbt ${name} -n ${namespace}`,
  statements: (namespace, name) => `kubectl dbintel plans ${name} -n ${namespace}`,
  list: (namespace) => `kubectl get dbt ${namespace ? `-n ${namespace}` : '-A'}`,
  stop: (scope) => `kubectl dbintel stop ${scope} --reason '…'`,
  stops: 'kubectl get emergencystops',
  finding: (rest) => `kubectl dbintel finding ${rest}`,
  advise: (target) =>
    target
      ? `kubectl dbintel advise ${target.name} -n ${target.ns}`
      : 'kubectl get indexrecommendations -A',
  advice: (id, { ns }) => `kubectl dbintel approve ${id} -n ${ns}`,
};

export function useCommands(): Commands {
  const { data } = useQuery(replicasQuery);
  return commandsOf(aloneIn(data));
}

/** Undefined: it is a replica of a cluster. */
export const aloneIn = (data: ReplicasAnswer | undefined): Folders | undefined => {
  const [first] = data?.items ?? [];
  return first?.session === 'alone' ? (first.folders ?? {}) : undefined;
};
