import type { Habits } from '../dialect.ts';
import { familyPlanner } from '../mysql-family/planner.ts';
import { familySql } from '../mysql-family/sql.ts';

export const mariadbHabits = {
  name: 'mariadb',
  label: 'MariaDB',
  reads: 'EXPLAIN and ANALYZE as JSON or table',
  sql: {
    ...familySql(() => undefined),
    indexableCalls: new Set<string>(),
    expressionIndexAdvice:
      'Or add a column GENERATED ALWAYS AS the expression, with an index on it, and compare that.',
    documentAdvice:
      'A column GENERATED ALWAYS AS (JSON_VALUE(…)) with an index on it, compared in the place ' +
      'of the document.',
  },
  planner: familyPlanner,
  advice: {
    statistics:
      'ANALYZE TABLE for the tables; where a column is skewed and has no index, a histogram: ' +
      'ANALYZE TABLE … PERSISTENT FOR COLUMNS (…) INDEXES ALL.',
    memory:
      'Return or sort fewer rows, add an index that gives the order, or raise ' +
      'sort_buffer_size, or tmp_memory_table_size, for the sessions that need it alone.',
  },
} as const satisfies Habits;
