import type { Habits } from '../dialect.ts';
import { familyPlanner } from '../mysql-family/planner.ts';
import { mysqlSql } from './sql.ts';

export const mysqlHabits = {
  name: 'mysql',
  label: 'MySQL',
  reads: 'EXPLAIN as JSON, tree or table',
  sql: mysqlSql,
  planner: { ...familyPlanner, countsDerived: false },
  advice: {
    statistics:
      'ANALYZE TABLE for the tables; where a column is skewed and has no index, a histogram: ' +
      'ANALYZE TABLE … UPDATE HISTOGRAM ON the column.',
    memory:
      'Return or sort fewer rows, add an index that gives the order, or raise ' +
      'sort_buffer_size, or tmp_table_size, for the sessions that need it alone.',
  },
} as const satisfies Habits;
