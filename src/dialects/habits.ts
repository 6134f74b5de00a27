import type { DialectName } from '../model/engine-name.ts';
import type { Habits, SqlWords } from './dialect.ts';
import { mariadbHabits } from './mariadb/habits.ts';
import { mysqlHabits } from './mysql/habits.ts';
import { oracleHabits } from './oracle/habits.ts';
import { postgresHabits } from './postgres/habits.ts';
import { sqlInWords } from './sql-in-words.ts';
import { sqlserverHabits } from './sqlserver/habits.ts';

/** What rules ask of a database, apart from what reads its plans: a page loads one of those. */
const habits: Record<DialectName, Habits> = {
  postgres: postgresHabits,
  mysql: mysqlHabits,
  mariadb: mariadbHabits,
  sqlserver: sqlserverHabits,
  oracle: oracleHabits,
};

export const allHabits: readonly Habits[] = Object.values(habits);

export const habitsOf = (name: DialectName): Habits => habits[name];

export const sqlOf = (name: DialectName): SqlWords => habitsOf(name).sql ?? sqlInWords;
