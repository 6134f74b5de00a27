import { useQuery } from '@tanstack/react-query';
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

export const commandsOf = (alone: boolean): Commands => (alone ? withoutCluster : ofCluster);

const withoutCluster: Commands = {
  describe: (namespace, name) => `dbintel describe ${namespace}/${name}`,
  statements: (namespace, name) => `dbintel finding list ${namespace}/${name}`,
  list: (_, first) => `dbintel describe ${first}`,
  stop: (scope) => `dbintel stop ${scope} --reason '…'`,
  stops: 'dbintel stop --list',
  finding: (rest) => `dbintel finding ${rest}`,
  advise: (target) =>
    `dbintel advise TARGET.yaml${target ? ` --target ${target.ns}/${target.name}` : ''}`,
  advice: (id) => `dbintel advise show ${id}`,
};

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
  return commandsOf(data?.items[0]?.session === 'alone');
}
