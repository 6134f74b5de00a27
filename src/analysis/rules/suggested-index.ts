import { preorder } from '../../model/plan.ts';
import { relop, showplan } from '../examples.ts';
import { type Rule, threshold } from '../rule.ts';

const leastSaved = threshold(
  10,
  'per cent of the statement’s cost, by the server’s own estimate',
  'below it the index would slow down writes for what nobody notices when reading',
);

const missing = (impact: number) =>
  `<MissingIndexes><MissingIndexGroup Impact="${impact}"><MissingIndex Schema="[dbo]" ` +
  'Table="[orders]"><ColumnGroup Usage="EQUALITY"><Column Name="[customer_id]" />' +
  '</ColumnGroup></MissingIndex></MissingIndexGroup></MissingIndexes>';
const scan = relop({ operator: 'Table Scan', table: 'orders', predicate: '[customer_id]=(7)' });

export const suggestedIndex: Rule = {
  id: 'suggested-index',
  title: 'The server itself would have an index that there is not',
  why:
    'SQL Server notes, while it plans, which index would have made the statement cheaper, and by ' +
    'how much. It looks at this statement alone.',
  fix: 'Look whether an index that is there could have the columns added, before making another.',
  category: 'index',
  engines: { postgres: false, mysql: false, mariadb: false },
  readOnly: ['sqlserver'],
  needs: { estimate: [], actual: [] },
  thresholds: { leastSaved },
  examples: [
    {
      name: 'an index on a column that is compared with a value',
      finds: true,
      engine: 'sqlserver',
      plan: showplan(scan, missing(81.5)),
    },
    {
      name: 'it would save next to nothing',
      finds: false,
      engine: 'sqlserver',
      plan: showplan(scan, missing(2)),
    },
  ],
  check: ({ root, suggestedIndexes = [] }) =>
    suggestedIndexes
      .filter(({ savesPct }) => savesPct >= leastSaved.value)
      .map(({ table, keys, savesPct, sql }) => {
        const nodes = preorder(root).filter(({ relation }) => relation?.name === table);
        return {
          message:
            `${table}: the server expects ${Math.round(savesPct)} % less cost with an index on ` +
            keys.join(', '),
          fix: sql,
          nodes: nodes.length > 0 ? nodes.map(({ id }) => id) : [root.id],
          saves: savesPct / 100,
        };
      }),
};
