import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { type Report, reportVariable } from './test-reporter.ts';

/**
 * Runs every test and ends with one line that counts them. One group after the other, since tests
 * with real servers measure how long things take; only what is simulated, which looks at no clock,
 * runs beside them, on what they leave of one processor: they wait more than they work.
 */
interface Group {
  args: readonly string[];
  /** Runs meanwhile with the least priority, and is shown when it is over. */
  beside?: Pick<Group, 'args'>;
}

const project = (name: string): Group => ({ args: ['--project', name] });
const groups: readonly Group[] =
  process.argv.length > 2
    ? [{ args: process.argv.slice(2) }]
    : [
        project('fast'),
        project('side-by-side'),
        { ...project('real'), beside: project('simulation') },
        project('browser'),
      ];
const folder = mkdtempSync(join(tmpdir(), 'dbintel-test-'));

/** What told this run to end. */
let ended: NodeJS.Signals | undefined;

async function runGroup({ args, beside }: Group): Promise<Report[]> {
  const meanwhile = beside && runVitest(beside.args, true);
  const report = await runVitest(args, false);
  return meanwhile ? [report, await meanwhile] : [report];
}

const reporter = fileURLToPath(new URL('test-reporter.ts', import.meta.url));

let reports = 0;

async function runVitest(args: readonly string[], inBackground: boolean): Promise<Report> {
  reports += 1;
  const report = join(folder, `report-${reports}.json`);
  const code = await new Promise<number>((resolve) => {
    const child = spawn(
      'nice',
      [
        '-n',
        inBackground ? '19' : '0',
        'vitest',
        'run',
        '--reporter=default',
        `--reporter=${reporter}`,
        ...args,
      ],
      {
        stdio: ['inherit', inBackground ? 'pipe' : 'inherit', 'inherit'],
        env: { ...process.env, [reportVariable]: report },
      },
    );
    if (child.stdout) void showWhenOver(child.stdout);
    const passOn = (signal: NodeJS.Signals) => {
      ended = signal;
      child.kill(signal);
    };
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    child.once('close', (status) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      resolve(status ?? 1);
    });
  });
  try {
    const told = JSON.parse(readFileSync(report, 'utf8')) as Report;
    if (code !== 0 && told.failures.length === 0)
      told.failures.push(`${args.join(' ')}: exit code ${code}`);
    return told;
  } catch (error) {
    return { passed: 0, skipped: 0, failures: [`${args.join(' ')}: ${error}`], took: [] };
  }
}

async function showWhenOver(output: Readable): Promise<void> {
  process.stdout.write(await text(output));
}

const total: Report = { passed: 0, skipped: 0, failures: [], took: [] };
const { failures } = total;
for (const group of groups) {
  for (const report of await runGroup(group)) {
    total.passed += report.passed;
    total.skipped += report.skipped;
    failures.push(...report.failures);
    total.took.push(...report.took);
  }
  if (ended) failures.push(`ended by ${ended}`);
  if (ended) break;
}
rmSync(folder, { recursive: true, force: true });
const slowest = total.took.toSorted((one, other) => other.ms - one.ms).slice(0, 15);
console.log('\nthe slowest files:');
for (const { file, ms } of slowest)
  console.log(`${String(Math.round(ms / 1_000)).padStart(5)} s  ${file}`);
if (failures.length > 0) console.log(['\nfailed:', ...failures].join('\n  '));
console.log(
  `\n${total.passed} passed, ${failures.length} ` +
    `failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = failures.length ? 1 : 0;
