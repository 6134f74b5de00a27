import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { fieldsOf } from '../../scripts/pages/fields.ts';
import { parseDuration } from '../../src/base/quantity.ts';
import { configFields } from '../../src/config.ts';
import { databaseTarget } from '../../src/resources/kinds/database-target/kind.ts';

/** Numbers that pages written by hand repeat are those of the schemas and manifests. */
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const flat = (file: string) => read(file).replace(/\s+/g, ' ');
const spec = new Map(fieldsOf(databaseTarget).map(({ path, fallback }) => [path, fallback]));
const variables = new Map<string, string>(
  configFields.map(({ name, fallback }) => [name, fallback]),
);

function known(all: ReadonlyMap<string, string | undefined>, name: string): string {
  const fallback = all.get(name);
  if (fallback === undefined) throw new Error(`${name} has no default`);
  return fallback;
}
const field = (path: string) => known(spec, `spec.${path}`);
const hours = (text: string) => parseDuration(text) / 3_600_000;
const days = (text: string) => hours(text) / 24;
const chart = parse(read('helm/dbintel/Chart.yaml')) as { kubeVersion: string };
const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
const number = (text: string) => /\d+(\.\d+)?/.exec(text)?.[0];
const words: Record<number, string> = { 6: 'six', 7: 'seven' };

const [least, most] = [field('safety.statementTimeout.min'), field('safety.statementTimeout.max')];
const budget = field('safety.databaseTimeBudget');
const sentences: [file: string, says: string][] = [
  ['README.md', `timeout that adapts (${least} – ${most})`],
  ['README.md', `\`lock_timeout\` ${field('safety.lockTimeout')}`],
  ['README.md', `at most ${budget} of the server's time`],
  ['README.md', `| ${number(chart.kubeVersion)} or later;`],
  ['README.md', `| ${number(engines.node)} or later;`],
  ['docs/sizing.md', `(${field('collection.maxQueriesPerCycle')} statements a minute at most`],
  [
    'docs/sizing.md',
    `each plan good for ${words[hours(field('collection.reexplainAfter'))]} hours)`,
  ],
  ['docs/sizing.md', `${budget.replace('%', ' %')} of wall time at most`],
  ['docs/sizing.md', `kept for ${words[days(known(variables, 'DBINTEL_KEEP_CYCLES'))]} days`],
  ['docs/runbook.md', `plans are kept for ${days(known(variables, 'DBINTEL_KEEP_PLANS'))} days`],
];

it.each(sentences)('%s says “%s”', (file, says) => {
  expect(flat(file)).toContain(says);
});
it('the interval is the minute that sizing.md speaks of', () => {
  expect(parseDuration(field('collection.interval'))).toBe(60_000);
});
it('docs/README.md leads to every page', () => {
  const pages = readdirSync(new URL('../../docs', import.meta.url)).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  const index = read('docs/README.md');
  expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
});
