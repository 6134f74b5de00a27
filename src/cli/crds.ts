import { stringify } from 'yaml';
import { crds } from '../resources/crd.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel crds

Prints the custom resource definitions as YAML: dbintel crds | kubectl apply -f -
`;

export const crdYaml = (plural: keyof ReturnType<typeof crds>): string =>
  stringify(crds()[plural], { lineWidth: 0 });

export async function run(): Promise<number> {
  return terminal.out(`${crdYaml('databasetargets')}---\n${crdYaml('emergencystops')}`);
}
