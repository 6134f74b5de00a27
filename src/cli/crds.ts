import { crdYaml } from '../resources/crd.ts';
import { kinds } from '../resources/kinds/index.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel crds

Prints the custom resource definitions as YAML: dbintel crds | kubectl apply -f -
`;

export async function run(): Promise<number> {
  return terminal.out(kinds.map(crdYaml).join('---\n'));
}
