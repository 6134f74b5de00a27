import { relop, showplan } from '../examples.ts';
import { type Rule, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const likelySaved = threshold(
  0.3,
  'of the work',
  'without statistics a plan is a guess: often a good one, and sometimes many times too slow',
);

const none =
  '<Warnings><ColumnsWithNoStatistics><ColumnReference Table="[orders]" Column="state" />' +
  '</ColumnsWithNoStatistics></Warnings>';
const scan = (inside: string) =>
  showplan(relop({ operator: 'Table Scan', table: 'orders', predicate: '[state]=(1)', inside }));

export const columnsWithoutStatistics: Rule = {
  id: 'columns-without-statistics',
  title: 'The server plans with columns of which it has no statistics',
  why: 'It takes fixed shares in the place of what the columns hold, and plans by these.',
  fix:
    'Let the database make statistics by itself (AUTO_CREATE_STATISTICS), or CREATE STATISTICS ' +
    'on the columns.',
  category: 'estimate',
  engines: { postgres: false, mysql: false, mariadb: false },
  readOnly: ['sqlserver'],
  needs: { estimate: [], actual: [] },
  thresholds: { likelySaved },
  examples: [
    { name: 'SQL Server says so', finds: true, engine: 'sqlserver', plan: scan(none) },
    { name: 'it says nothing', finds: false, engine: 'sqlserver', plan: scan('') },
  ],
  check: ({ root, warnings = [] }) =>
    warnings
      .filter(({ kind }) => kind === 'no_statistics')
      .map(({ text, node }) => ({
        message: `no statistics of ${text}`,
        nodes: [node],
        saves: shareBelow(root) * likelySaved.value,
      })),
};
