import { relop, showplan } from '../../src/analysis/examples.ts';
import type { SourceFormat } from '../../src/model/plan.ts';

/** Plans of many steps, wide or deep, in every format: no server prints such. */
interface Printer {
  wide(steps: number): string;
  /** Each step below the one before it. Absent: the format has no depth. */
  deep?(levels: number): string;
}

const times = (count: number, of: (i: number) => string, between = ''): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(between);

const nested = (open: string, close: string, levels: number): string =>
  open.repeat(levels) + close.repeat(levels);

const json = (type: string, more = '') =>
  `{"Node Type": "${type}", "Total Cost": 1, "Plan Rows": 1${more}`;
const leaf = json('Seq Scan', ', "Relation Name": "t", "Filter": "(a = 1)"}');
const figures = '  (cost=0.00..1.00 rows=1 width=4)';
const xmlNode = (type: string, inner: string) =>
  `<Plan><Node-Type>${type}</Node-Type><Total-Cost>1</Total-Cost>${inner}</Plan>`;
const xml = (plan: string) =>
  `<explain xmlns="http://www.postgresql.org/2009/explain"><Query>${plan}</Query></explain>`;
const tree = '  (cost=1.5 rows=1)';
const tableOf = (i: number) =>
  `{"table": {"table_name": "t${i}", "access_type": "ALL", "rows": 9, "filtered": 10, ` +
  '"attached_condition": "(`a` = 1)"}}';
const v2 = (inner: string) =>
  `{"operation": "Append", "access_type": "append", "inputs": [${inner}]}`;
/** Each row is a block of its own: a join of as many tables would be as deep. */
const rows = (more: string, cells: string) => (count: number) =>
  `| id | select_type | table | type | possible_keys | key | key_len | ref | rows |${more}\n` +
  times(
    count,
    (i) =>
      `| ${i + 1} | ${i === 0 ? 'PRIMARY' : 'UNION'} | t${i} | ALL | NULL | NULL | NULL ` +
      `| NULL | 9 |${cells}\n`,
  );
const united = (count: number, more: string) =>
  `{"query_block": {${more}"union_result": {"using_temporary_table": false, ` +
  `"query_specifications": [${times(count, (i) => `{"query_block": ${tableOf(i)}}`, ',')}]}}}`;
const deepBlock = (levels: number) =>
  `${'{"query_block": {"table": {"table_name": "t", "materialized": '.repeat(levels)}{}` +
  '}}}'.repeat(levels);

export const largePlans: Record<SourceFormat, Printer> = {
  'postgres-json': {
    wide: (steps) => `[{"Plan": ${json('Append')}, "Plans": [${times(steps, () => leaf, ',')}]}}]`,
    deep: (levels) =>
      `[{"Plan": ${`${json('Limit')}, "Plans": [`.repeat(levels)}${leaf}${']}'.repeat(levels)}}]`,
  },
  'postgres-text': {
    wide: (steps) =>
      `Append${figures}\n` +
      times(steps, (i) => `  ->  Seq Scan on t t_${i}${figures}\n        Filter: (a = 1)\n`),
    deep: (levels) =>
      `Limit${figures}\n${times(levels, (i) => `${' '.repeat(2 + 6 * i)}->  Limit${figures}\n`)}`,
  },
  'postgres-yaml': {
    wide: (steps) =>
      `- Plan: \n    Node Type: "Append"\n    Plans: \n${times(
        steps,
        () =>
          '      - Node Type: "Seq Scan"\n        Relation Name: "t"\n        Total Cost: 1.00\n',
      )}`,
    deep: (levels) =>
      `- Plan: \n    Node Type: "Limit"\n${times(levels, (i) => {
        const indent = ' '.repeat(4 + 4 * i);
        return `${indent}Plans: \n${indent}  - Node Type: "Limit"\n`;
      })}`,
  },
  'postgres-xml': {
    wide: (steps) =>
      xml(xmlNode('Append', `<Plans>${times(steps, () => xmlNode('Seq Scan', ''))}</Plans>`)),
    deep: (levels) =>
      xml(nested('<Plan><Node-Type>Limit</Node-Type><Plans>', '</Plans></Plan>', levels)),
  },
  'mysql-json-v1': {
    wide: (steps) => united(steps, '"cost_info": {"query_cost": "1"}, '),
    deep: deepBlock,
  },
  'mysql-json-v2': {
    wide: (steps) =>
      v2(times(steps, () => '{"operation": "Table scan on t", "access_type": "table"}', ',')),
    deep: (levels) =>
      nested('{"operation": "Append", "access_type": "append", "inputs": [', ']}', levels),
  },
  'mysql-tree': {
    wide: (steps) =>
      `-> Append${tree}\n${times(steps, (i) => `    -> Table scan on t${i}${tree}\n`)}`,
    deep: (levels) => times(levels, (i) => `${' '.repeat(4 * i)}-> Limit: 1 row(s)${tree}\n`),
  },
  'mysql-table': { wide: rows(' partitions | Extra |', ' NULL | NULL |') },
  'mariadb-json': {
    wide: (steps) =>
      `{"query_block": {"cost": 1, "table": {"table_name": "t", "access_type": "ALL"}, ` +
      `"subqueries": [${times(steps, (i) => `{"query_block": ${tableOf(i)}}`, ',')}]}}`,
    deep: deepBlock,
  },
  'mariadb-table': { wide: rows(' Extra |', ' NULL |') },
  'sqlserver-xml': {
    wide: (steps) =>
      showplan(
        relop(
          { operator: 'Concatenation' },
          Array.from({ length: steps }, (_, i) =>
            relop({ operator: 'Table Scan', table: `t${i}`, predicate: '[a]=(1)' }),
          ),
        ),
      ),
    deep: (levels) =>
      showplan(nested('<RelOp PhysicalOp="Top" LogicalOp="Top"><Top>', '</Top></RelOp>', levels)),
  },
  'oracle-text': {
    wide: (steps) =>
      `| Id  | Operation | Name | Rows | Cost (%CPU)|\n|   0 | UNION-ALL | | 1 | 1   (0)|\n${times(
        steps,
        (i) => `|*  ${i + 1} |  TABLE ACCESS FULL | T${i} | 1 | 1   (0)|\n`,
      )}\nPredicate Information (identified by operation id):\n${times(
        Math.min(steps, 1_000),
        (i) => `   ${i + 1} - filter("A"=1)\n`,
      )}`,
    deep: (levels) =>
      `| Id  | Operation | Name | Rows | Cost (%CPU)|\n${times(
        levels,
        (i) => `|   ${i} | ${' '.repeat(i)}FILTER | | 1 | 1   (0)|\n`,
      )}`,
  },
};
