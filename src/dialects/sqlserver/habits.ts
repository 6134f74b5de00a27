import type { Habits } from '../dialect.ts';

export const sqlserverHabits = {
  name: 'sqlserver',
  label: 'SQL Server',
  reads: 'showplan XML, estimated or actual',
  planner: {
    showsLimit: true,
    showsConversions: true,
    scansIndexForTable: false,
    guessesFiltered: false,
    seeksBetween: false,
    readsWhilePlanning: false,
    countsDerived: true,
    ordersBehindNull: true,
    skipsGroups: false,
    showsWidth: true,
    pageBytes: 8_192,
  },
  advice: {
    statistics:
      'UPDATE STATISTICS of the tables WITH FULLSCAN; for columns that depend on each other ' +
      'CREATE STATISTICS on them together; compare columns and not what functions make of them; ' +
      'where a parameter decides, OPTION (RECOMPILE) for the statement.',
    memory:
      'Return or sort fewer rows, add an index that gives the order, or mend the estimate: the ' +
      'memory that is granted follows from the rows that are expected.',
  },
} as const satisfies Habits;
