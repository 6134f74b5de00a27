import { relop, showplan } from '../examples.ts';
import { type Rule, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const likelySaved = threshold(
  0.5,
  'of the work',
  'each row of one side meets every row of the other: with the condition, few of them',
);

const warned = '<Warnings NoJoinPredicate="true" />';
const join = (inside: string) =>
  showplan(
    relop({ operator: 'Nested Loops', logical: 'Inner Join', cost: 10, inside }, [
      relop({ operator: 'Table Scan', table: 'orders' }),
      relop({ operator: 'Table Scan', table: 'customers' }),
    ]),
  );

export const noJoinCondition: Rule = {
  id: 'no-join-condition',
  title: 'The server warns that two inputs are joined by no condition',
  why: 'Each row of the one is joined with every row of the other, which is seldom meant.',
  fix: 'Add the condition that is missing between the two; CROSS JOIN where it is meant.',
  category: 'join',
  engines: { postgres: false, mysql: false, mariadb: false },
  readOnly: ['sqlserver'],
  needs: { estimate: [], actual: [] },
  thresholds: { likelySaved },
  examples: [
    { name: 'SQL Server says so', finds: true, engine: 'sqlserver', plan: join(warned) },
    { name: 'it says nothing', finds: false, engine: 'sqlserver', plan: join('') },
  ],
  check: ({ root, warnings = [] }) =>
    warnings
      .filter(({ kind }) => kind === 'no_join_condition')
      .map(({ node }) => ({
        message: 'two inputs are joined by no condition',
        nodes: [node],
        saves: shareBelow(root) * likelySaved.value,
      })),
};
