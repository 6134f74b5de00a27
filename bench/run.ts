import { execFileSync } from 'node:child_process';
import { adaptive } from './adaptive.ts';
import { advise } from './advise.ts';
import { adviseBeside } from './advise-beside.ts';
import { analysis } from './analysis.ts';
import { balanceBench } from './balance.ts';
import { executorBench } from './executor.ts';
import { executorMysqlBench } from './executor-mysql.ts';
import { exportBench } from './export.ts';
import { fleetBench } from './fleet.ts';
import { resultsFile, root, type Section } from './harness.ts';
import { hold } from './hold.ts';
import { hostileBench } from './hostile.ts';
import { indexSelection } from './index-selection.ts';
import { memory } from './memory.ts';
import { mysqlBench } from './mysql.ts';
import { operatorBench } from './operator.ts';
import { overhead } from './overhead.ts';
import { pagesBench } from './pages.ts';
import { pairParts, pairWith } from './pair.ts';
import { peerBench } from './peer.ts';
import { pipeline } from './pipeline.ts';
import { planView } from './plan-view.ts';
import { sandboxBench } from './sandbox.ts';
import { selection } from './selection.ts';
import { keep, say, show, type Table } from './table.ts';
import { uiApi } from './ui-api.ts';
import { validationBench } from './validation.ts';
import { whatIf } from './what-if.ts';
import { writeCost } from './write-cost.ts';

/**
 * `make bench [ONLY=name,…]`: every number that the documents quote, measured here and now. Each
 * part replaces its own section of the results. `PAIR=revision`: beside another revision's.
 */
const parts: Record<string, () => Section | Promise<Section>> = {
  selection,
  analysis,
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
  executor: executorBench,
  'executor-mysql': executorMysqlBench,
  validation: validationBench,
  export: exportBench,
  'plan-view': planView,
  pages: pagesBench,
  'ui-api': uiApi,
  'what-if': whatIf,
  sandbox: sandboxBench,
  'index-selection': indexSelection,
  advise,
  'advise-beside': adviseBeside,
  'write-cost': writeCost,
};
// Servers and folders go with the process, and that only where it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const pairedWith = process.env['PAIR'];
for await (const table of pairedWith ? pairWith(pairedWith, chosen(pairParts)) : singles()) {
  show(table);
  keep(table);
}
say(`written to ${resultsFile}`);

async function* singles(): AsyncGenerator<Table> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
  for (const name of chosen(parts)) {
    say(`measuring ${name} …`);
    const { title, how, rows } = await (parts[name] as (typeof parts)[string])();
    const day = new Date().toISOString().slice(0, 10);
    yield {
      title,
      about: `${how}. (\`${name}\`, ${commit}, ${day})`,
      columns: ['figure', 'measured', 'goal'],
      rows,
    };
  }
}

function chosen(of: Readonly<Record<string, unknown>>): string[] {
  const all = Object.keys(of);
  const only = (process.env['ONLY'] || all.join()).split(',');
  const unknown = only.filter((name) => !all.includes(name));
  if (unknown.length)
    throw new Error(`no such part: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((name) => only.includes(name));
}
