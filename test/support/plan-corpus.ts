import { readFileSync } from 'node:fs';
import { goldenText } from './read-only-plans.ts';

/** Plans of every dialect and format, as servers print them, to be damaged. */
const golden = (file: string): string[] =>
  (
    JSON.parse(readFileSync(new URL(`../golden/${file}.json`, import.meta.url), 'utf8')) as {
      json: string;
    }[]
  )
    .map(({ json }) => json)
    .slice(0, 12);

const files = ['mysql-9-v1', 'mysql-9-v2', 'mysql-9-v2-analyze', 'mariadb-11.4-analyze'];

const mysqlTree = `-> Sort: o.total DESC  (actual time=3.1..3.2 rows=40 loops=1)
    -> Nested loop inner join  (cost=41.2 rows=12) (actual time=0.1..2.9 rows=40 loops=1)
        -> Filter: (o.state = 'open')  (cost=20.5 rows=12) (actual time=0.1..1.1 rows=40 loops=1)
            -> Table scan on o  (cost=20.5 rows=120) (actual time=0.1..0.9 rows=200 loops=1)
        -> Single-row index lookup on c using PRIMARY (id=o.customer_id)  (cost=0.3 rows=1)
`;
const mysqlTable = `
+----+-------------+-------+------+---------------+------+---------+------+------+----------+
| id | select_type | table | type | possible_keys | key  | key_len | ref  | rows | Extra    |
+----+-------------+-------+------+---------------+------+---------+------+------+----------+
|  1 | SIMPLE      | o     | ALL  | NULL          | NULL | NULL    | NULL | 9000 | Using where |
+----+-------------+-------+------+---------------+------+---------+------+------+----------+
1 row in set (0.00 sec)
`;

export const planCorpus = (): string[] => [
  ...['text', 'yaml', 'xml', 'json'].map((format) => goldenText(`postgres-18-plan.${format}`)),
  ...['orders-estimated', 'report-actual'].map((file) => goldenText(`sqlserver/${file}.sqlplan`)),
  ...['typical', 'allstats', 'sqlplus-80'].map((file) => goldenText(`oracle/${file}.txt`)),
  mysqlTree,
  mysqlTable,
  ...files.flatMap(golden),
];
