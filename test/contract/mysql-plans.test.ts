import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.ts';
import { type Plan, preorder } from '../../src/model/plan.ts';

/**
 * Plans of real servers in every format that they print (scripts/golden-mysql.ts), through the
 * readers.
 */
const files = [
  'mysql-9-v1',
  'mysql-9-v2',
  'mysql-9-v2-analyze',
  'mariadb-10.11-explain',
  'mariadb-10.11-analyze',
  'mariadb-11.4-explain',
  'mariadb-11.4-analyze',
] as const;
type File = (typeof files)[number];

interface Golden {
  statement: string;
  json: string;
  hash: string;
  /** What earlier versions called it. */
  before: string;
  plan: Plan;
}
const load = (file: File): Golden[] =>
  (
    JSON.parse(readFileSync(new URL(`../golden/${file}.json`, import.meta.url), 'utf8')) as Omit<
      Golden,
      'plan'
    >[]
  ).map((each) => ({
    ...each,
    plan: assemble(file, each.json),
  }));
function assemble(file: File, json: string): Plan {
  const engineVersion = /-([\d.]+)/.exec(file)?.[1] ?? '';
  const source = {
    engineVersion,
    namespace: 'shop',
    collectedAt: 0,
    parameters: 'sampled' as const,
    fingerprint: { algorithm: 'golden', value: '0' },
  };
  return file.startsWith('mysql')
    ? dialects.mysql.readPlan(json, source)
    : dialects.mariadb.readPlan(json, source);
}
const golden = Object.fromEntries(files.map((file) => [file, load(file)])) as Record<
  File,
  Golden[]
>;
const nodesOf = ({ root }: Plan) => preorder(root);
const sum = (plan: Plan, of: (node: ReturnType<typeof nodesOf>[number]) => number) =>
  nodesOf(plan).reduce((all, node) => all + of(node), 0);

describe.each(files)('%s', (file) => {
  it('every plan has its hash, and every node is known', () => {
    expect(golden[file].length).toBeGreaterThanOrEqual(38);
    for (const { statement, hash, before, plan } of golden[file]) {
      expect([statement, plan.hash.shape, plan.hash.before]).toEqual([statement, hash, before]);
      expect([
        statement,
        nodesOf(plan)
          .filter(({ op }) => op === 'Unknown')
          .map(({ nativeOp }) => nativeOp),
      ]).toEqual([statement, []]);
    }
  });
  it('other plans have other hashes', () => {
    const shapes = golden[file].map(({ plan }) => plan.hash.shape);
    // Constant plans are alike, and LIMIT or DISTINCT is not said in every format.
    expect(new Set(shapes).size).toBeGreaterThan(shapes.length * 0.7);
  });
  it('costs and times are never negative, and add up to the whole', () => {
    for (const { statement, plan } of golden[file]) {
      const { root } = plan;
      for (const { derived, est } of nodesOf(plan)) {
        expect(derived.exclusiveCost).toBeGreaterThanOrEqual(0);
        expect(derived.exclusiveMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(est.rows)).toBe(true);
      }
      const cost = sum(plan, ({ derived }) => derived.exclusiveCost);
      expect([statement, cost]).toEqual([statement, expect.closeTo(root.est.totalCost, 6)]);
      if (plan.mode === 'actual') {
        // Microseconds are printed of each loop.
        const missing = sum(plan, ({ act }) => 0.0005 * (act?.loops ?? 0));
        const off = sum(plan, ({ derived }) => derived.exclusiveMs ?? 0);
        expect(Math.abs(off - (plan.totals.actualMs as number))).toBeLessThanOrEqual(
          0.01 * (plan.totals.actualMs as number) + missing,
        );
      }
      expect(sum(plan, ({ derived }) => derived.costShare)).toBeCloseTo(
        nodesOf(plan).every(({ derived }) => derived.costShare === 0) ? 0 : 1,
        5,
      );
    }
  });
  it('no literal of a text or a row is in them', () => {
    for (const { plan } of golden[file]) {
      const { hash: _, totals: __, ...rest } = plan;
      expect(
        JSON.stringify(rest, (key, value) =>
          typeof value === 'number' || key === 'engineVersion' ? undefined : value,
        ),
      ).not.toMatch(/19000|30000|'open'|'x'|@x\.org|\b990\b/);
    }
  });
});

describe('one hash', () => {
  const pairs: [File, File][] = [
    ['mariadb-10.11-explain', 'mariadb-10.11-analyze'],
    ['mariadb-11.4-explain', 'mariadb-11.4-analyze'],
    ['mysql-9-v2', 'mysql-9-v2-analyze'],
  ];
  it.each(pairs)('%s and %s: measured or not, it is the same plan', (one, two) => {
    const measured = new Map(golden[two].map(({ statement, plan }) => [statement, plan]));
    const differing = golden[one]
      .filter(
        ({ statement, plan }) =>
          measured.has(statement) && measured.get(statement)?.hash.shape !== plan.hash.shape,
      )
      .map(({ statement }) => statement);
    expect(differing).toEqual([]);
  });
  it('MySQL’s formats 1 and 2, where both say the same', () => {
    const second = new Map(golden['mysql-9-v2'].map(({ statement, plan }) => [statement, plan]));
    // Format 1 names aliases only: the statement tells whose they are, as it does in a cycle.
    const resolve = (statement: string) => (alias: string) => {
      const name = new RegExp(`(?:FROM|JOIN|,)\\s+(\\w+)(?:\\s+AS)?\\s+${alias}\\b`, 'i').exec(
        statement,
      )?.[1];
      return { schema: 'shop', name: name ?? alias };
    };
    const same = golden['mysql-9-v1'].filter(({ statement, json }) => {
      const first = dialects.mysql.readPlan(json, {
        engineVersion: '9.7',
        namespace: 'shop',
        collectedAt: 0,
        parameters: 'sampled',
        fingerprint: { algorithm: 'golden', value: '0' },
        resolve: resolve(statement),
      });
      return first.hash.shape === second.get(statement)?.hash.shape;
    });
    expect(same.length).toBeGreaterThanOrEqual(18);
    for (const statement of [
      'SELECT id FROM orders WHERE customer_id = 7',
      "SELECT * FROM orders WHERE status = 'open' OR id < 50",
      'SELECT status, count(*) FROM orders GROUP BY status',
      'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
        "WHERE o.status = 'open'",
      'SELECT o.id FROM orders o LEFT JOIN customers c ON c.name = o.email',
    ])
      expect(same.map((each) => each.statement)).toContain(statement);
  });
});
