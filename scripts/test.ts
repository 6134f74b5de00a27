import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs every test and ends with one line that counts them. */
const folder = mkdtempSync(join(tmpdir(), 'dbintel-test-'));
const report = join(folder, 'report.json');
const code = await new Promise<number>((resolve) => {
  const child = spawn('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  child.once('exit', (status) => resolve(status ?? 1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
});
try {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8')) as Record<
    string,
    number
  >;
  // A file that could not even be loaded has no failed test, but it failed.
  const failed = numFailedTests || (code === 0 ? 0 : Math.max(1, numFailedTestSuites ?? 1));
  console.log(`\n${numPassedTests} passed, ${failed} failed${numPendingTests ? `, ${numPendingTests} skipped` : ''}`);
  process.exitCode = failed ? 1 : code;
} catch {
  console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
}
rmSync(folder, { recursive: true, force: true });
