import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/**
 * Runs every test and ends with one line that counts them. One group after the other: what is
 * simulated takes all cores, and tests with real servers measure how long things take.
 */
const groups =
  process.argv.length > 2
    ? [process.argv.slice(2)]
    : [
        ['--project', 'fast'],
        ['--project', 'simulation'],
        ['--project', 'side-by-side'],
        ['--project', 'real'],
        ['--project', 'browser'],
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
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** What told this run to end. */
let ended: NodeJS.Signals | undefined;

async function runGroup(args: readonly string[], report: string): Promise<Counts> {
  const code = await new Promise<number>((resolve) => {
    const child = spawn(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
      {
        stdio: 'inherit',
      },
    );
    const passOn = (signal: NodeJS.Signals) => {
      ended = signal;
      child.kill(signal);
    };
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    child.once('exit', (status) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      resolve(status ?? 1);
    });
  });
  try {
    const told = JSON.parse(readFileSync(report, 'utf8')) as Report;
    const failures = failuresOf(told);
    if (code !== 0 && failures.length === 0) failures.push(`${args.join(' ')}: exit code ${code}`);
    return { passed: told.numPassedTests, skipped: told.numPendingTests, failures };
  } catch (error) {
    return { passed: 0, skipped: 0, failures: [`${args.join(' ')}: ${error}`] };
  }
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
for (const [i, args] of groups.entries()) {
  const counts = await runGroup(args, join(folder, `report-${i}.json`));
  total.passed += counts.passed;
  total.skipped += counts.skipped;
  failures.push(...counts.failures);
  if (ended) failures.push(`ended by ${ended}`);
  if (ended) break;
}
rmSync(folder, { recursive: true, force: true });
if (failures.length > 0) console.log(['\nfailed:', ...failures].join('\n  '));
console.log(
  `\n${total.passed} passed, ${failures.length} ` +
    `failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = failures.length ? 1 : 0;
