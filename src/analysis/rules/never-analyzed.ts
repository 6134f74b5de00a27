import { preorder } from '../../model/plan.ts';
import { sqlTable } from '../advice.ts';
import { seqScan, table } from '../examples.ts';
import { count, describeRelation, type Rule, tableOf, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastChanges = threshold(
  1_000,
  'rows written',
  'a nearly empty table is read in no time, whatever the planner thinks of it',
);

export const neverAnalyzed: Rule = {
  id: 'never-analyzed',
  title: 'A table has never been analysed',
  why: 'Without statistics the planner guesses from the file’s size; its plans are luck.',
  fix:
    'ANALYZE the table once; find out why autovacuum does not (it is off, or the table was just ' +
    'loaded).',
  category: 'estimate',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastChanges },
  examples: [
    {
      name: 'loaded, never analysed',
      finds: true,
      plan: seqScan('t', { cost: 90 }),
      facts: [table('t', 0, { neverAnalyzed: true, modifiedSinceAnalyze: 40_000 })],
    },
    {
      name: 'analysed before the counters were reset',
      finds: false,
      plan: seqScan('t', { cost: 90 }),
      facts: [
        table('t', 40_000, {
          neverAnalyzed: true,
          modifiedSinceAnalyze: 40_000,
          columns: [{ name: 'a', type: 'text', distinct: 900 }],
        }),
      ],
    },
    {
      name: 'analysed',
      finds: false,
      plan: seqScan('t', { cost: 90 }),
      facts: [table('t', 40_000)],
    },
    {
      name: 'new and nearly empty',
      finds: false,
      plan: seqScan('t', { cost: 90 }),
      facts: [table('t', 0, { neverAnalyzed: true, modifiedSinceAnalyze: 20 })],
    },
  ],
  check(plan, context) {
    const told = new Set<unknown>();
    return preorder(plan.root).flatMap((node) => {
      const facts = tableOf(node, context);
      if (
        !facts?.neverAnalyzed ||
        // The server has forgotten when, not what: its counters were reset.
        facts.columns?.some(({ distinct }) => distinct !== undefined) ||
        facts.modifiedSinceAnalyze < leastChanges.value ||
        told.has(facts)
      )
        return [];
      told.add(facts);
      return [
        {
          message:
            `${describeRelation(node)}: ${count(facts.modifiedSinceAnalyze)} rows written and ` +
            'never analysed',
          fix: `ANALYZE ${sqlTable(plan, facts)};`,
          nodes: [node.id],
          saves: shareBelow(plan.root),
        },
      ];
    });
  },
};
