import type { Habits } from '../dialect.ts';

export const oracleHabits = {
  name: 'oracle',
  label: 'Oracle',
  reads: 'what DBMS_XPLAN prints: TYPICAL, ALLSTATS and between',
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
    statistics:
      'DBMS_STATS.GATHER_TABLE_STATS for the tables, with histograms where a column is skewed; ' +
      'for columns that depend on each other a column group (DBMS_STATS.CREATE_EXTENDED_STATS).',
    memory:
      'Return or sort fewer rows, add an index that gives the order, or give the instance more ' +
      'memory for work areas: PGA_AGGREGATE_TARGET.',
  },
} as const satisfies Habits;
