import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  failed: number;
  skipped: number;
}

async function runGroup(args: readonly string[], report: string): Promise<Counts> {
  const code = await new Promise<number>((resolve) => {
    const child = spawn(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
      {
        stdio: 'inherit',
      },
    );
    const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    child.once('exit', (status) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      resolve(status ?? 1);
    });
  });
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    ) as Record<string, number>;
    // A file that could not even be loaded has no failed test, but it failed.
    const failed = numFailedTests || (code === 0 ? 0 : Math.max(1, numFailedTestSuites ?? 1));
    return { passed: numPassedTests ?? 0, failed, skipped: numPendingTests ?? 0 };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const [i, args] of groups.entries()) {
  const counts = await runGroup(args, join(folder, `report-${i}.json`));
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `\n${total.passed} passed, ${total.failed} ` +
    `failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = total.failed ? 1 : 0;
