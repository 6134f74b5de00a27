import type { Habits } from '../dialect.ts';
import { postgresSql } from './sql.ts';

export const postgresHabits = {
  name: 'postgres',
  label: 'PostgreSQL',
  reads: 'EXPLAIN as text, JSON, YAML or XML',
  sql: postgresSql,
  planner: {
    showsLimit: true,
    showsConversions: true,
    scansIndexForTable: false,
    guessesFiltered: false,
    seeksBetween: false,
    readsWhilePlanning: false,
    countsDerived: true,
    ordersBehindNull: false,
    skipsGroups: false,
    showsWidth: true,
    pageBytes: 8_192,
  },
  advice: {
    memory:
      'Return or sort fewer rows, add an index that gives the order, or raise work_mem for the ' +
      'role that needs it alone: ALTER ROLE … SET work_mem.',
  },
} as const satisfies Habits;
