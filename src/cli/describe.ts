import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../base/node/clock.ts';
import { formatDuration } from '../base/quantity.ts';
import { readConfig } from '../config.ts';
import { parseStatus } from '../resources/kinds/database-target/former-names.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { statusFile } from '../targets/files/status-files.ts';
import { exitCodes, WrongUse } from './command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel describe [NAMESPACE/]NAME [--data DIR] [--json]

What \`kubectl describe\` says of a target, without a cluster: from the status that
\`dbintel standalone\` keeps in its data folder.
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [wanted] = positionals;
  if (positionals.length !== 1 || wanted === undefined) throw new WrongUse('name one target', help);
  const folder = join(readConfig({ DBINTEL_DATA: values.data }).DBINTEL_DATA, 'status');
  const labels = (await readdir(folder).catch(() => []))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5).replace('.', '/'));
  const [namespace = '', name = ''] = wanted.split('/');
  const whole = statusFile({ namespace, name }).slice(0, -5).replace('.', '/');
  const found = labels.filter((label) => label === whole || label.split('/')[1] === wanted);
  const [label] = found;
  if (found.length !== 1 || label === undefined) {
    terminal.err(
      `dbintel describe: ${found.length ? 'several targets' : 'no target'} ` +
        `named ${wanted} in ${folder}` +
        (labels.length ? `; known: ${labels.join(', ')}` : ''),
    );
    return exitCodes.no;
  }
  const status = parseStatus(
    JSON.parse(await readFile(join(folder, `${label.replace('/', '.')}.json`), 'utf8')),
  );
  return values.json
    ? terminal.json(status)
    : terminal.out(
        describeStatus(wanted.includes('/') ? wanted : label, status, systemClock.now()),
      );
}

/** The answer first: is it collecting, and if not, why and what to do. */
export function describeStatus(label: string, status: DatabaseTargetStatus, now: number): string {
  const [namespace, name] = label.split('/');
  const { conditions = [], summary = {}, plans = 0, findings = 0, updatedAt } = status;
  const asOf = updatedAt && `${updatedAt} (${formatDuration(age_ms(updatedAt, now))} ago)`;
  return [
    ...field('Name', name),
    ...field('Namespace', namespace),
    'Conditions:',
    ...aligned(conditions.map((each) => [each.type, each.status, each.reason, each.message])),
    ...field('Ownership', describeOwnership(status)),
    ...field('Server', summary['server']),
    ...field('Last Cycle', summary['lastCycle']),
    ...field('Coverage', summary['coverage']),
    ...field('Safety', summary['safety']),
    ...field('Advice', summary['advice']),
    ...field('Plans', `${plans} distinct, ${findings} open findings`),
    ...describePrerequisites(status),
    ...describeQueries(status),
    ...field('As of', asOf),
  ].join('\n');
}

const titleWidth = 15;
const field = (title: string, value: string | undefined) =>
  value ? [`${`${title}:`.padEnd(titleWidth)}${value}`] : [];

const age_ms = (updatedAt: string, now: number) => Math.max(0, now - Date.parse(updatedAt));

const describeOwnership = ({ ownership }: DatabaseTargetStatus) =>
  ownership &&
  [
    ownership.pod && `pod ${ownership.pod}`,
    ownership.shard !== undefined && `shard ${ownership.shard}`,
    `epoch ${ownership.epoch}`,
  ]
    .filter(Boolean)
    .join(', ');

function describePrerequisites({ prerequisites = [] }: DatabaseTargetStatus): string[] {
  const rows = prerequisites
    .filter(({ verdict }) => verdict !== 'ok')
    .flatMap(({ name, verdict, observed, remediation }) => [
      [name, verdict, observed ?? ''],
      ...(remediation ? [['', 'remediation:', oneLine(remediation)]] : []),
    ]);
  return rows.length ? ['Prerequisites:', ...aligned(rows)] : [];
}

function describeQueries({ topQueries = [] }: DatabaseTargetStatus): string[] {
  const rows = topQueries.map(({ share, text, mean, plan, code, findings }) => [
    share.padStart(5),
    oneLine(text),
    mean ?? '',
    plan ? `plan ${plan.slice(0, 12)}…` : (code ?? ''),
    findings.length ? `findings: ${findings.join(', ')}` : '',
  ]);
  return rows.length ? ['Top Queries:', ...aligned(rows)] : [];
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Every column as wide as its widest entry. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  );
}
