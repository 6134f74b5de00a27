import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

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

interface Counts {
  passed: number;
  skipped: number;
  /** A line of each test that failed, and of each file that could not even be loaded. */
  failures: readonly string[];
}

/** Of vitest's report, what is read. */
interface Report {
  numPassedTests: number;
  numPendingTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    startTime: number;
    endTime: number;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** What told this run to end. */
let ended: NodeJS.Signals | undefined;

async function runGroup({ args, beside }: Group): Promise<Counts[]> {
  const meanwhile = beside && runVitest(beside.args, true);
  const counts = await runVitest(args, false);
  return meanwhile ? [counts, await meanwhile] : [counts];
}

const reportTo = (file: string) => [
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${file}`,
];

let reports = 0;
/** Of each file of tests, without what it waited for others and to be loaded. */
const took: { file: string; ms: number }[] = [];

async function runVitest(args: readonly string[], inBackground: boolean): Promise<Counts> {
  reports += 1;
  const report = join(folder, `report-${reports}.json`);
  const code = await new Promise<number>((resolve) => {
    const child = spawn(
      'nice',
      ['-n', inBackground ? '19' : '0', 'vitest', 'run', ...reportTo(report), ...args],
      { stdio: ['inherit', inBackground ? 'pipe' : 'inherit', 'inherit'] },
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
    const failures = failuresOf(told);
    for (const { name, startTime, endTime } of told.testResults)
      took.push({ file: relative(process.cwd(), name), ms: endTime - startTime });
    if (code !== 0 && failures.length === 0) failures.push(`${args.join(' ')}: exit code ${code}`);
    return { passed: told.numPassedTests, skipped: told.numPendingTests, failures };
  } catch (error) {
    return { passed: 0, skipped: 0, failures: [`${args.join(' ')}: ${error}`] };
  }
}

async function showWhenOver(output: Readable): Promise<void> {
  process.stdout.write(await text(output));
}

const firstLine = (text = '') => text.split('\n', 1)[0];

function failuresOf({ testResults }: Report): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(process.cwd(), name);
      const tests = assertionResults.filter(({ status }) => status === 'failed');
      if (tests.length === 0) return [`${file}: ${firstLine(message)}`];
      return tests.map(
        ({ fullName, failureMessages }) =>
          `${file}: ${fullName.trim()}: ${firstLine(failureMessages[0])}`,
      );
    });
}

const total = { passed: 0, skipped: 0 };
const failures: string[] = [];
for (const group of groups) {
  for (const counts of await runGroup(group)) {
    total.passed += counts.passed;
    total.skipped += counts.skipped;
    failures.push(...counts.failures);
  }
  if (ended) failures.push(`ended by ${ended}`);
  if (ended) break;
}
rmSync(folder, { recursive: true, force: true });
const slowest = took.toSorted((one, other) => other.ms - one.ms).slice(0, 15);
console.log('\nthe slowest files:');
for (const { file, ms } of slowest)
  console.log(`${String(Math.round(ms / 1_000)).padStart(5)} s  ${file}`);
if (failures.length > 0) console.log(['\nfailed:', ...failures].join('\n  '));
console.log(
  `\n${total.passed} passed, ${failures.length} ` +
    `failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = failures.length ? 1 : 0;
