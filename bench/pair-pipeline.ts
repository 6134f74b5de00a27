import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { alternate, type Figure, type Pair, type Values } from './figures.ts';
import type { Section } from './harness.ts';
import type { Revision } from './revision.ts';

/**
 * The warm pipeline of both revisions: each runs its own `bench/pipeline.ts` over its own sources,
 * in a process of its own. The names of its rows are what the two have in common.
 */
const rounds = 5;

export const pipelineFigures: readonly Figure[] = [
  { name: 'our own CPU a plan', unit: 'ms', goal: '≤ 0.5' },
  { name: 'plans a second', unit: '', goal: '≥ 2' },
  { name: 'bare EXPLAIN a second, same server and texts', unit: '', goal: '' },
  { name: 'pipeline / bare EXPLAIN', unit: '', goal: '≥ 0.5 (after)' },
];

export async function pairPipeline(before: Revision, after: Revision): Promise<Pair> {
  const [was = [], is = []] = await alternate(rounds, [before, after], runPipeline);
  return { before: was, after: is };
}

async function runPipeline({ name, folder }: Revision): Promise<Values> {
  const script =
    `const { pipeline } = await import(${JSON.stringify(join(folder, 'bench/pipeline.ts'))});` +
    'process.stdout.write(JSON.stringify(await pipeline()), () => process.exit(0));';
  const { rows } = JSON.parse(await outputOf(name, folder, script)) as Section;
  return Object.fromEntries(rows.map(([figure, value]) => [figure, Number.parseFloat(value)]));
}

function outputOf(name: string, folder: string, script: string): Promise<string> {
  const child = spawn(
    join(folder, 'node_modules/.bin/node'),
    ['--expose-gc', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`the pipeline of ${name} ended with ${code}: ${output}`)),
    );
  });
}
