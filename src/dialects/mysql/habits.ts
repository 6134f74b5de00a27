import type { Habits } from '../dialect.ts';
import { familyPlanner } from '../mysql-family/planner.ts';
import { mysqlSql } from './sql.ts';

export const mysqlHabits = {
  name: 'mysql',
  label: 'MySQL',
  reads: 'EXPLAIN as JSON, tree or table',
  sql: mysqlSql,
  planner: familyPlanner,
} as const satisfies Habits;
