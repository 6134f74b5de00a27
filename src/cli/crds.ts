import { parseArgs } from 'node:util';
import { crdYaml } from '../resources/crd.ts';
import { kinds } from '../resources/kinds/index.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel crds

Prints the custom resource definitions as YAML: dbintel crds | kubectl apply -f -
`;

export async function run(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  return terminal.out(kinds.map(crdYaml).join('---\n'));
}
