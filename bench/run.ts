import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { adaptive } from './adaptive.ts';
import { balanceBench } from './balance.ts';
import { machine, resultsFile, root, type Section } from './harness.ts';
import { memory } from './memory.ts';
import { fleetBench, operatorBench } from './operator.ts';
import { overhead } from './overhead.ts';
import { pipeline } from './pipeline.ts';
import { selection } from './selection.ts';

/** `make bench [ONLY=name]`: every number that the documents quote, measured here and now. */
const parts: Record<string, () => Section | Promise<Section>> = {
  selection,
  memory,
  pipeline,
  adaptive,
  overhead,
  balance: balanceBench,
  operator: operatorBench,
  fleet: fleetBench,
};
const only = process.env['ONLY'];
const sections: Section[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (only && only !== name) continue;
  console.log(`measuring ${name} …`);
  const section = await measure();
  sections.push(section);
  for (const [figure, value, goal] of section.rows) console.log(`  ${figure.padEnd(76)} ${value.padEnd(28)} ${goal}`);
}
if (!only) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const tables = sections.map(
    ({ title, how, rows }) =>
      `## ${title}\n\n${how[0]?.toUpperCase()}${how.slice(1)}.\n\n| figure | measured | goal |\n| --- | --- | --- |\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
  );
  writeFileSync(
    resultsFile,
    `# Results\n\nMade by \`make bench\` at ${commit}, ${new Date().toISOString().slice(0, 10)}, on ${machine()}.\n\n${tables.join('\n')}`,
  );
  console.log(`written to ${resultsFile}`);
}
