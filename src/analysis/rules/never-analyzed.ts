import { preorder } from '../../model/plan.ts';
import { sqlTable } from '../advice.ts';
import { count, describeRelation, type Rule, tableOf } from '../rule.ts';

const leastChanges = 1_000;

export const neverAnalyzed: Rule = {
  id: 'never-analyzed',
  title: 'A table has never been analysed',
  why: 'Without statistics the planner guesses from the file’s size; its plans are luck.',
  fix: 'ANALYZE the table once; find out why autovacuum does not (it is off, or the table was just loaded).',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    {
      name: 'loaded, never analysed',
      finds: true,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Schema: 'public',
        'Plan Rows': 1,
        'Total Cost': 90,
      },
      facts: [
        {
          schema: 'public',
          name: 't',
          rows: 0,
          pages: 0,
          neverAnalyzed: true,
          modifiedSinceAnalyze: 40_000,
          indexes: [],
        },
      ],
    },
    {
      name: 'analysed',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Schema: 'public',
        'Plan Rows': 1,
        'Total Cost': 90,
      },
      facts: [
        {
          schema: 'public',
          name: 't',
          rows: 40_000,
          pages: 400,
          neverAnalyzed: false,
          modifiedSinceAnalyze: 0,
          indexes: [],
        },
      ],
    },
    {
      name: 'new and nearly empty',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        Schema: 'public',
        'Plan Rows': 1,
        'Total Cost': 90,
      },
      facts: [
        {
          schema: 'public',
          name: 't',
          rows: 0,
          pages: 0,
          neverAnalyzed: true,
          modifiedSinceAnalyze: 20,
          indexes: [],
        },
      ],
    },
  ],
  check(plan, context) {
    const seen = new Set<unknown>();
    return [...preorder(plan.root)].flatMap((node) => {
      const facts = tableOf(node, context);
      if (!facts?.neverAnalyzed || facts.modifiedSinceAnalyze < leastChanges || seen.has(facts))
        return [];
      seen.add(facts);
      return [
        {
          severity: 'warning' as const,
          message: `${describeRelation(node)}: ${count(facts.modifiedSinceAnalyze)} rows written and never analysed`,
          fix: `ANALYZE ${sqlTable(plan, facts)};`,
          nodes: [node.id],
        },
      ];
    });
  },
};
