import { readdirSync, readFileSync } from 'node:fs';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { Plan } from '../../src/model/plan.ts';

/** Plans of every format, through the readers: those of test/golden, and one of PostgreSQL. */
const golden = new URL('../golden/', import.meta.url);
const files = readdirSync(golden).filter((each) => /^(mysql|mariadb)-.*\.json$/.test(each));
const texts = (file: string): string[] => {
  const all: unknown = JSON.parse(readFileSync(new URL(file, golden), 'utf8'));
  return Array.isArray(all) ? all.map(({ json }) => String(json)) : [];
};
const read = (dialect: Dialect, text: string, i: number): Plan =>
  dialect.readPlan(text, {
    engineVersion: '18',
    namespace: 'shop',
    collectedAt: 7,
    parameters: 'sampled',
    fingerprint: { algorithm: 'golden', value: `f${i}`, nativeId: '-1' },
  });
const postgres = JSON.stringify([
  {
    Plan: {
      'Node Type': 'Sort',
      'Sort Key': ['a.id'],
      'Sort Method': 'external merge',
      'Sort Space Used': 512,
      'Sort Space Type': 'Disk',
      'Startup Cost': 1,
      'Total Cost': 9,
      'Plan Rows': 3,
      'Plan Width': 4,
      'Actual Startup Time': 0.1,
      'Actual Total Time': 0.5,
      'Actual Rows': 2,
      'Actual Loops': 1,
      'Shared Hit Blocks': 3,
      'Shared Read Blocks': 1,
      'Workers Planned': 2,
      Plans: [
        {
          'Node Type': 'Index Scan',
          'Parent Relationship': 'Outer',
          'Relation Name': 'a',
          Schema: 'public',
          Alias: 'a',
          'Index Name': 'a_pkey',
          'Scan Direction': 'Backward',
          'Index Cond': '(a.id = $1)',
          'Total Cost': 8,
          'Plan Rows': 3,
        },
      ],
    },
  },
]);
export const goldenPlans: readonly Plan[] = [
  read(dialects.postgres, postgres, 0),
  ...files.flatMap((file) =>
    texts(file).map((text, i) =>
      read(file.startsWith('mysql') ? dialects.mysql : dialects.mariadb, text, i + 1),
    ),
  ),
];
