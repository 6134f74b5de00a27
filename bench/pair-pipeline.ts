import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, type Figure, type Pair, type Values } from './figures.ts';
import type { Section } from './harness.ts';
import type { Revision } from './revision.ts';

/**
 * The warm pipeline of both revisions: each runs its own `bench/pipeline.ts` over its own sources,
 * in a process of its own, with the flags that its image gives Node. The names of its rows are what
 * the two have in common.
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

async function runPipeline(revision: Revision): Promise<Values> {
  const bench = JSON.stringify(join(revision.folder, 'bench/pipeline.ts'));
  const script =
    `const { pipeline } = await import(${bench});` +
    'process.stdout.write(JSON.stringify(await pipeline()), () => process.exit(0));';
  const { rows } = JSON.parse(await outputOf(revision, script)) as Section;
  return Object.fromEntries(rows.map(([figure, value]) => [figure, Number.parseFloat(value)]));
}

/** Those before the program’s name. */
function imageFlags(folder: string): string[] {
  const image = readFileSync(join(folder, 'bin/dbintel-image'), 'utf8');
  return /^exec node ([^]*?)\S+\.js/m.exec(image)?.[1]?.match(/--\S+/g) ?? [];
}

function outputOf({ name, folder }: Revision, script: string): Promise<string> {
  const child = spawn(
    join(folder, 'node_modules/.bin/node'),
    ['--expose-gc', ...imageFlags(folder), '--input-type=module', '-e', script],
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
