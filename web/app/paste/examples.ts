import mariadbSales from '../../../examples/plans/mariadb-sales.json?raw';
import mysqlLastOrders from '../../../examples/plans/mysql-last-orders.json?raw';
import mysqlSales from '../../../examples/plans/mysql-sales.txt?raw';
import oracleReport from '../../../examples/plans/oracle-report.txt?raw';
import report from '../../../examples/plans/orders-report.txt?raw';
import mended from '../../../examples/plans/orders-report-mended.txt?raw';
import sqlserverReport from '../../../examples/plans/sqlserver-report.sqlplan?raw';
import type { Given } from './paste-state.ts';

/**
 * Plans to begin with, those of examples/plans: of real servers, but for the last two, which are
 * written after what these print.
 */
export interface Example {
  title: string;
  engine: string;
  texts: readonly Given[];
}

const example = (name: string, text: string): Given => ({ name, text, isExample: true });
const reportBefore = example('orders-report.txt', report);
const reportAfter = example('orders-report-mended.txt', mended);

export const examples: readonly Example[] = [
  { engine: 'PostgreSQL', title: 'A report that is slow', texts: [reportBefore] },
  {
    engine: 'MySQL',
    title: 'A query in a query',
    texts: [example('mysql-last-orders.json', mysqlLastOrders)],
  },
  {
    engine: 'MySQL',
    title: 'Sales by city',
    texts: [example('mysql-sales.txt', mysqlSales)],
  },
  {
    engine: 'MariaDB',
    title: 'Sales by city',
    texts: [example('mariadb-sales.json', mariadbSales)],
  },
  { engine: 'PostgreSQL', title: 'Before and after', texts: [reportBefore, reportAfter] },
  {
    engine: 'SQL Server',
    title: 'A report',
    texts: [example('sqlserver-report.sqlplan', sqlserverReport)],
  },
  { engine: 'Oracle', title: 'A report', texts: [example('oracle-report.txt', oracleReport)] },
];
