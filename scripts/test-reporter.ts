import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule, TestSuite } from 'vitest/node';

/** What one run of vitest came to. */
export interface Report {
  passed: number;
  skipped: number;
  /** What each test that failed said, and whatever else did: a file, a hook, a stray promise. */
  failures: string[];
  /** Of each file of tests, without what it waited for others and to be loaded. */
  took: { file: string; ms: number }[];
}

/** Where the report goes. */
export const reportVariable = 'DBINTEL_TEST_REPORT';

/** What failed once in fifty runs has to be understood from what this one says of it. */
const linesTold = 12;

const said = (where: string, errors: readonly SerializedError[] = []) => {
  const messages = errors.map(({ message }) => stripVTControlCharacters(message ?? ''));
  const lines = messages.flatMap((each) => each.split('\n')).filter(Boolean);
  return `${where}: ${lines.slice(0, linesTold).join('\n      ')}`;
};

function failuresOf(file: string, module: TestModule): string[] {
  const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
  return [
    ...suites
      .filter((suite) => suite.errors().length > 0)
      .map((suite) =>
        said(suite.type === 'suite' ? `${file}: ${suite.fullName}` : file, suite.errors()),
      ),
    ...[...module.children.allTests('failed')].map((test) =>
      said(`${file}: ${test.fullName}`, test.result().errors),
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
    for (const error of stray) report.failures.push(said('outside of all tests', [error]));
    writeFileSync(process.env[reportVariable] as string, JSON.stringify(report));
  }
}
