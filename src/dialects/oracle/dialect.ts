import { soundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishPlan } from '../finish-plan.ts';
import { spell } from '../spell.ts';
import { tokenizeSpelled } from '../spelled.ts';
import { readXplan, sniffXplan } from './dbms-xplan.ts';

/** Oracle Database 11 and later: only read. */
export const oracle = {
  name: 'oracle',
  label: 'Oracle',
  reads: 'what DBMS_XPLAN prints: TYPICAL, ALLSTATS and between',
  readPlan: (text, source) =>
    soundly(() => {
      const { hasCosts, ...reading } = readXplan(text);
      return finishPlan(reading, {
        engine: 'oracle',
        sourceFormat: 'oracle-text',
        source,
        tokenize: tokenizeSpelled,
        missing: hasCosts ? [] : ['no_costs'],
      });
    }),
  sniff: sniffXplan,
  redact: spell,
  planner: {
    showsLimit: true,
    showsConversions: true,
    scansIndexForTable: false,
    guessesFiltered: false,
    readsWhilePlanning: false,
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
} as const satisfies Dialect;
