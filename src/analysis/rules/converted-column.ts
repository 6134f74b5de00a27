import { type PlanNode, preorder } from '../../model/plan.ts';
import { relop, showplan } from '../examples.ts';
import { type Rule, type RuleMatch, threshold } from '../rule.ts';
import { shareOf } from '../shares.ts';

const leastSaved = threshold(
  0.05,
  'of the work',
  'a conversion where little is read costs nothing that could be measured',
);

const text = 'CONVERT_IMPLICIT(nvarchar(20),[c].[code],0)=[@code]';
const affecting = (issue: string) =>
  `<Warnings><PlanAffectingConvert ConvertIssue="${issue}" Expression="${text}" /></Warnings>`;
const scan = relop({ operator: 'Index Scan', table: 'customers', predicate: text });
/** What Oracle writes around a column whose character set is not that of the value. */
const byOracle = /\bSYS_OP_C2C\(/;

export const convertedColumn: Rule = {
  id: 'converted-column',
  title: 'A column is converted in every row, and its index cannot be searched',
  why:
    'Where a column and what it is compared with have different types, the server converts ' +
    'one of them; if that is the column, an index on it has other values than are looked for.',
  fix:
    'Give the parameter or the literal the column’s own type: text sent as nvarchar against a ' +
    'column of varchar is the usual case, and a setting of the driver.',
  category: 'statement',
  engines: { postgres: false, mysql: false, mariadb: false },
  readOnly: ['sqlserver', 'oracle'],
  needs: { estimate: [], actual: [] },
  thresholds: { leastSaved },
  examples: [
    {
      name: 'SQL Server says that it cannot seek',
      finds: true,
      engine: 'sqlserver',
      plan: showplan(scan, affecting('Seek Plan')),
    },
    {
      name: 'it only makes the estimate a guess',
      finds: false,
      engine: 'sqlserver',
      plan: showplan(scan, affecting('Cardinality Estimate')),
    },
    {
      name: 'Oracle converts the character set of a column',
      finds: true,
      engine: 'oracle',
      plan: [
        '| Id  | Operation         | Name      | Rows | Cost (%CPU)|',
        '|   0 | SELECT STATEMENT  |           |    3 |   900   (1)|',
        '|*  1 |  TABLE ACCESS FULL| CUSTOMERS |    3 |   900   (1)|',
        'Predicate Information (identified by operation id):',
        '   1 - filter(SYS_OP_C2C("C"."CODE")=:B1)',
      ].join('\n'),
    },
  ],
  check: ({ root, warnings = [] }) => [
    ...warnings
      .filter(({ kind }) => kind === 'converted_seek')
      .flatMap(({ text: condition, columns }) => matchOf(root, condition, columns)),
    ...preorder(root).flatMap(({ predicates: { filter } }) =>
      filter
        .filter((each) => byOracle.test(each.text))
        .flatMap((each) => matchOf(root, each.text, each.columns)),
    ),
  ],
};

/** At the nodes that look at those columns in every row they read. */
function matchOf(root: PlanNode, condition: string, columns: readonly string[]): RuleMatch[] {
  const nodes = preorder(root).filter(({ predicates: { filter, joinFilter } }) =>
    [...filter, ...joinFilter].some((each) => each.columns.some((one) => columns.includes(one))),
  );
  const saves = nodes.length > 0 ? shareOf(...nodes) : leastSaved.value;
  if (saves < leastSaved.value) return [];
  const message = `${columns.join(', ')} is converted before it is compared: ${condition}`;
  return [{ message, nodes: (nodes.length > 0 ? nodes : [root]).map(({ id }) => id), saves }];
}
