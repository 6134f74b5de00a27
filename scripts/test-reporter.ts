import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, SerializedError, TestModule, TestSuite } from 'vitest/node';

/** What one run of vitest came to. */
export interface Report {
  passed: number;
  skipped: number;
  /** A line of each test that failed, and of whatever else did: a file, a hook, a stray promise. */
  failures: string[];
  /** Of each file of tests, without what it waited for others and to be loaded. */
  took: { file: string; ms: number }[];
}

/** Where the report goes. */
export const reportVariable = 'DBINTEL_TEST_REPORT';

const firstLine = (text = '') => text.split('\n', 1)[0] ?? '';
const lineOf = (where: string, errors: readonly SerializedError[] = []) =>
  `${where}: ${firstLine(errors.map(({ message }) => message).find(Boolean))}`;

function failuresOf(file: string, module: TestModule): string[] {
  const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
  return [
    ...suites
      .filter((suite) => suite.errors().length > 0)
      .map((suite) =>
        lineOf(suite.type === 'suite' ? `${file}: ${suite.fullName}` : file, suite.errors()),
      ),
    ...[...module.children.allTests('failed')].map((test) =>
      lineOf(`${file}: ${test.fullName}`, test.result().errors),
    ),
  ];
}

export default class TestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], stray: readonly SerializedError[]): void {
    const report: Report = { passed: 0, skipped: 0, failures: [], took: [] };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      const count = (state: 'passed' | 'skipped') => [...module.children.allTests(state)].length;
      report.passed += count('passed');
      report.skipped += count('skipped');
      report.failures.push(...failuresOf(file, module));
      report.took.push({ file, ms: module.diagnostic().duration });
    }
    for (const error of stray) report.failures.push(lineOf('outside of all tests', [error]));
    writeFileSync(process.env[reportVariable] as string, JSON.stringify(report));
  }
}
