import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainVias } from '../../src/dialects/dialect.ts';
import { dialectOf } from '../../src/dialects/index.ts';
import { type DialectName, dialectNames, engineNames } from '../../src/model/engine-name.ts';
import { planSource, seq } from '../support/plans.ts';
import { goldenText } from '../support/read-only-plans.ts';

/** What every dialect promises. */
const goldenOf = (file: string): string[] => {
  const path = new URL(`../golden/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { json: string }[]).map(({ json }) => json);
};
const printed = {
  postgres: [
    JSON.stringify([{ Plan: seq('t') }]),
    'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 1)',
    '- Plan: \n    Node Type: "Seq Scan"\n    Relation Name: "t"\n    Total Cost: 1.00',
    '<explain xmlns="http://www.postgresql.org/2009/explain"><Query><Plan>' +
      '<Node-Type>Seq Scan</Node-Type></Plan></Query></explain>',
  ],
  mysql: ['mysql-9-v1', 'mysql-9-v2', 'mysql-9-v2-analyze'].flatMap(goldenOf),
  mariadb: [
    'mariadb-10.11-explain',
    'mariadb-10.11-analyze',
    'mariadb-11.4-explain',
    'mariadb-11.4-analyze',
  ].flatMap(goldenOf),
  sqlserver: ['orders-estimated', 'report-actual'].map((file) =>
    goldenText(`sqlserver/${file}.sqlplan`),
  ),
  oracle: ['typical', 'allstats', 'sqlplus-80'].map((file) => goldenText(`oracle/${file}.txt`)),
} satisfies Record<DialectName, string[]>;

describe.each(dialectNames)('the dialect of %s', (name) => {
  const dialect = dialectOf(name);

  it('knows its own plans best, and reads them', () => {
    for (const text of printed[name]) {
      const best = Math.max(...dialectNames.map((each) => dialectOf(each).sniff(text)));
      expect(dialect.sniff(text)).toBe(best);
      expect(best).toBeGreaterThan(0);
      expect(dialect.readPlan(text, planSource)).toMatchObject({ engine: name });
    }
  });
  it('claims nothing that is no plan', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '{}',
      '{"query_block": 1}',
      'Seq Scan on t',
      '['.repeat(99),
    ])
      expect(dialect.sniff(text)).toBe(0);
  });
  it('says what of it is read', () => {
    expect(dialect.reads).toMatch(/\w/);
  });
});

describe.each(engineNames)('the engine %s', (name) => {
  const dialect = dialectOf(name);

  it('quotes any name so that it stays one', () => {
    const { sql } = dialect;
    const table = { schema: 'my "shop`', name: 'order' };
    expect(sql.quote('plain')).toMatch(/^[`"]?plain[`"]?$/);
    for (const mark of ['"', '`'])
      if (sql.quote('a b').startsWith(mark)) expect(sql.quote(`a${mark}b`)).toContain(mark + mark);
    expect(sql.dropIndex(table, 'i')).toContain(`${sql.quote(table.schema)}.`);
  });
  it('can be planned for by its own account, and asks for ways that there are', () => {
    expect(dialect.spec.explainVia).toContain('direct');
    expect(explainVias).toEqual(expect.arrayContaining([...dialect.spec.explainVia]));
  });
  it('names what it counts as a receiver of metrics does, in seconds', () => {
    const { telemetry } = dialect;
    const stats = { ...statistics, nativeId: 'n', calls: 3, totalMs: 1_500 };
    const names = { ...telemetry.statement(stats), ...telemetry.counts(stats) };
    for (const key of Object.keys(names)) expect(key).toMatch(/^[a-z]+(\.[a-z_]+)+$/);
    expect(Object.values(names)).toEqual(expect.arrayContaining(['n', 3, 1.5]));
    expect(Object.values(telemetry.plan('{}', 'ph2:x'))).toContain('{}');
  });
});

const statistics = {
  key: 'k',
  nativeId: '1',
  database: 'd',
  user: 'u',
  toplevel: true,
  calls: 1,
  totalMs: 1,
  meanMs: 1,
  rows: 1,
  tempBlocksWritten: 0,
  isNew: false,
};
