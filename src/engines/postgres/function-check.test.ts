import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { functionHashes, functionSql } from './explain-function.ts';
import {
  type FunctionsOf,
  functionPrerequisites,
  type Problem,
  problemOf,
} from './function-check.ts';

/**
 * What is said of a role's function; whether the server agrees is
 * test/integration/postgres-function.test.ts.
 */
it('the command that creates a function takes any name through a shell', () => {
  const row = {
    role: "Odd role's",
    collector: 'dbintel',
    database: 'my shop',
    oid: null,
    super: 'f',
  };
  const command = /`dbintel (.*)`/.exec(problemOf(row)?.remediation ?? '')?.[1];
  expect(
    execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
      .split('\n')
      .slice(4, 9),
  ).toEqual(['--roles', "Odd role's", '--role', 'dbintel', '--database']);
});

it(
  'one role without a function is a warning, none with one a failure, no role at all ' + 'neither',
  () => {
    const missing = { observed: 'not there', remediation: 'create it' };
    const verdicts = (found: Parameters<typeof functionPrerequisites>[0]) =>
      functionPrerequisites(found).map(({ name, verdict }) => [name, verdict]);
    expect(
      verdicts(
        new Map([
          [
            'shop',
            new Map([
              ['app', undefined],
              ['report', missing],
            ]),
          ],
        ]),
      ),
    ).toEqual([
      ['function of report in shop', 'warning'],
      ['functions in shop', 'ok'],
    ]);
    expect(
      verdicts(
        new Map<string, FunctionsOf | Problem>([
          ['shop', new Map([['app', missing]])],
          ['closed', missing],
        ]),
      ),
    ).toEqual([
      ['function of app in shop', 'failed'],
      ['functions in closed', 'failed'],
    ]);
    expect(verdicts(new Map())).toEqual([['functions', 'ok']]);
  },
);

it('takes the functions of the version before, so that an update stops no plans', () => {
  const [, body = ''] = functionSql('app', 'dbintel').split('$dbintel$');
  const before = body.replace(" AND pg_catalog.split_part(c, '=', 1) LIKE '%.%'", '');
  expect(functionHashes).toEqual([body, before].map((text) => hash('sha256', text, 'hex')));
});
