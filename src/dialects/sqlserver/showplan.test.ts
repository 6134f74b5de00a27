import { describe, expect, it } from 'vitest';
import { planSource } from '../../../test/support/plans.ts';
import { goldenText, relop, showplan, threads } from '../../../test/support/read-only-plans.ts';
import { type PlanNode, preorder } from '../../model/plan.ts';
import { readPlanText } from '../read-any.ts';
import { sqlserver } from './dialect.ts';
import { readShowplan } from './showplan.ts';

const golden = (file: string) => goldenText(`sqlserver/${file}.sqlplan`);
const read = (text: string) => sqlserver.readPlan(text, planSource);
const nodesOf = (text: string) => preorder(read(text).root);

describe('an estimated plan', () => {
  const plan = read(golden('orders-estimated'));
  const nodes = preorder(plan.root);

  it('is operators in the words of the common plan', () => {
    expect(nodes.map(({ op, nativeOp }) => [op, nativeOp])).toEqual([
      ['Sort', 'Sort (TopN Sort)'],
      ['NestedLoop', 'Nested Loops (Inner Join)'],
      ['SeqScan', 'Clustered Index Scan'],
      ['NestedLoop', 'Nested Loops (Inner Join)'],
      ['IndexScan', 'Index Seek'],
      ['TidScan', 'Key Lookup'],
    ]);
    expect(plan).toMatchObject({ mode: 'estimate', totals: { estCost: 4.2, planningMs: 3 } });
  });
  it('has what an index is searched for, in which direction, and what is sorted', () => {
    expect(nodes[4]).toMatchObject({
      index: { name: 'orders_customer', access: 'seek', backward: true },
      predicates: { index: [{ text: 'o.customer_id = c.id' }, { text: 'o.at >= ?' }] },
    });
    expect(nodes[0]?.sort).toEqual({ keys: ['o.total DESC'] });
  });
  it('gives each operator its own cost, of all its runs', () => {
    const own = nodes.map(({ derived }) => Number(derived.exclusiveCost.toFixed(3)));
    expect(own).toEqual([0.02, 0.08, 1.1, 0.1, 0.1, 2.8]);
  });
  it('keeps what the server says itself', () => {
    expect(plan.suggestedIndexes).toMatchObject([
      {
        table: 'orders',
        keys: ['customer_id', 'total'],
        savesPct: 81.5,
        sql: expect.stringMatching(/^CREATE INDEX \[.*\] ON \[dbo\]\.\[orders\] .* INCLUDE/),
      },
    ]);
    expect(plan.warnings).toMatchObject([{ kind: 'converted_seek', columns: ['c.code'] }]);
  });
  it('shows no literal', () => {
    expect(JSON.stringify(plan)).not.toMatch(/C-1042|17\.5|2026/);
  });
});

describe('an actual plan', () => {
  const plan = read(golden('report-actual'));
  const nodes = preorder(plan.root);
  const byName = (name: string) => nodes.find((node) => node.nativeOp === name) as PlanNode;

  it('adds rows and pages of threads, and takes the longest time', () => {
    expect(byName('Table Scan')).toMatchObject({
      act: { rows: 1_500, loops: 1, totalMs: 2_000, rowsRemovedByFilter: 1_998_500 },
      io: { hit: 19_800, read: 35_200 },
    });
  });
  it('takes an operator in batches for one that counts its own time alone', () => {
    expect(nodes.map(({ derived }) => derived.exclusiveMs)).toEqual([
      20, 138, 0, 80, 120, 42, 2_000,
    ]);
    expect(plan.totals.actualMs).toBe(2_400);
  });
  it('says what went to disk, and lets what has no counters pass rows on', () => {
    expect(byName('Sort').act).toMatchObject({ sortOnDisk: true, sortSpaceKb: 10_000 });
    expect(byName('Compute Scalar').act).toMatchObject({ rows: 190, loops: 1 });
  });
  it('is of the dearest statement, and the others are told', () => {
    expect(plan.queryText).toContain('LIKE ?');
    expect(readShowplan(golden('report-actual')).unread).toMatchObject([
      { piece: 'StatementId="3"' },
    ]);
  });
});

describe('what repeats', () => {
  const loop = (times: number) =>
    nodesOf(
      showplan(
        relop(
          { operator: 'Nested Loops', logical: 'Inner Join', cost: 11, inside: threads(50, 30) },
          [
            relop({ operator: 'Table Scan', table: 'a', rows: times, inside: threads(50, 5) }),
            relop({
              operator: 'Index Seek',
              table: 'b',
              cost: 9,
              more: `EstimateRebinds="${times - 1}" EstimateRewinds="0"`,
              inside:
                '<RunTimeInformation><RunTimeCountersPerThread Thread="0" ActualRows="50" ' +
                'ActualExecutions="50" ActualElapsedms="20" /></RunTimeInformation>',
            }),
          ],
        ),
      ),
    );
  it('has rows and times of one run, and costs of all', () => {
    const [, , inner] = loop(10);
    expect(inner?.act).toMatchObject({ rows: 1, loops: 50, totalMs: 0.4 });
    expect(inner?.derived).toMatchObject({ exclusiveCost: 9, exclusiveMs: 20 });
  });
});

describe('what is not known', () => {
  it('is a step of its name, and told', () => {
    const text = showplan(relop({ operator: 'Quantum Scan', table: 't' }));
    expect(read(text)).toMatchObject({ lossiness: ['unknown_nodes'] });
    expect(readShowplan(text).unread).toEqual([{ piece: 'PhysicalOp="Quantum Scan"' }]);
  });
  it('of an operator or its warnings is told with its line, and the plan is read', () => {
    const text = showplan(relop({ operator: 'Table Scan', table: 't' }))
      .replace('<RelOp ', '<RelOp\n Novelty="C-1042" ')
      .replace(/<RelOp[^>]*>/, '$&<Warnings>\n<Warp Depth="9"/></Warnings>');
    const { plan, remarks } = readPlanText(text);
    expect(plan.root.op).toBe('SeqScan');
    expect(remarks).toEqual([
      { line: 2, text: 'Novelty' },
      { line: 3, text: 'warning Warp' },
    ]);
  });
  it('is not among what the published schema has', () => {
    for (const file of ['orders-estimated', 'report-actual'])
      expect(
        (readShowplan(golden(file)).unread ?? []).map(({ piece }) => piece),
      ).not.toContainEqual(expect.stringMatching(/="$|^</));
  });
  it('is no plan where no operator is', () => {
    expect(() => read('<ShowPlanXML></ShowPlanXML>')).toThrow(
      expect.objectContaining({ code: 'unparsable' }),
    );
  });
  it('is refused where it is nested too deeply', () => {
    const open = '<RelOp PhysicalOp="Top" LogicalOp="Top"><Top>'.repeat(700);
    const text = showplan(open + '</Top></RelOp>'.repeat(700));
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });
});

it('numbers of what was computed for one plan are not its shape', () => {
  const filter = (name: string) =>
    showplan(
      relop({ operator: 'Filter', predicate: `[${name}]>(1)` }, [relop({ operator: 'Top' })]),
    );
  expect(read(filter('Expr1004')).hash).toEqual(read(filter('Expr1017')).hash);
  expect(read(filter('Expr1004')).hash).not.toEqual(read(filter('total')).hash);
});
