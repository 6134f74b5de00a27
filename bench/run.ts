import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { adaptive } from './adaptive.ts';
import { balanceBench } from './balance.ts';
import { fleetBench } from './fleet.ts';
import { machine, resultsFile, root, type Section } from './harness.ts';
import { hold } from './hold.ts';
import { hostileBench } from './hostile.ts';
import { memory } from './memory.ts';
import { mysqlBench } from './mysql.ts';
import { operatorBench } from './operator.ts';
import { overhead } from './overhead.ts';
import { peerBench } from './peer.ts';
import { pipeline } from './pipeline.ts';
import { selection } from './selection.ts';

/**
 * `make bench [ONLY=name,…]`: every number that the documents quote, measured here and now. Each
 * part replaces its own section of the results.
 */
const parts: Record<string, () => Section | Promise<Section>> = {
  selection,
  memory,
  pipeline,
  adaptive,
  overhead,
  mysql: mysqlBench,
  hostile: hostileBench,
  peer: peerBench,
  balance: balanceBench,
  operator: operatorBench,
  fleet: fleetBench,
  hold,
};
const only = (process.env['ONLY'] || Object.keys(parts).join()).split(',');
const unknown = only.filter((name) => !parts[name]);
if (unknown.length)
  throw new Error(
    `no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`,
  );
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
  cwd: root,
  encoding: 'utf8',
}).trim();
for (const [name, measure] of Object.entries(parts)) {
  if (!only.includes(name)) continue;
  console.log(`measuring ${name} …`);
  const section = await measure();
  for (const [figure, value, goal] of section.rows)
    console.log(`  ${figure.padEnd(76)} ${value.padEnd(28)} ${goal}`);
  writeSection(name, section);
}
console.log(`written to ${resultsFile}`);

function writeSection(name: string, { title, how, rows }: Section): void {
  const head =
    `# Results\n\nMade by \`make bench\` (\`ONLY=name,…\` for some parts) on ${machine()}. ` +
    'Each part says when and of which commit.\n\n';
  const text =
    `## ${title}\n\n${how[0]?.toUpperCase()}${how.slice(1)}. (\`${name}\`, ${commit}, ` +
    `${new Date().toISOString().slice(0, 10)})\n\n| figure | measured | goal |\n` +
    `| --- | --- | --- |\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
  const sections = readSections();
  sections.set(title, text);
  writeFileSync(resultsFile, head + [...sections.values()].join('\n'));
}

function readSections(): Map<string, string> {
  const known = existsSync(resultsFile) ? readFileSync(resultsFile, 'utf8') : '';
  return new Map(
    known
      .split(/^(?=## )/m)
      .filter((part) => part.startsWith('## '))
      .map((part) => [part.slice(3, part.indexOf('\n')), `${part.trimEnd()}\n`]),
  );
}
