import { soundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishPlan } from '../finish-plan.ts';
import { spell } from '../spell.ts';
import { tokenizeSpelled } from '../spelled.ts';
import { readShowplan, sniffShowplan } from './showplan.ts';

/** SQL Server 2012 and later, Azure SQL: only read. */
export const sqlserver = {
  name: 'sqlserver',
  label: 'SQL Server',
  reads: 'showplan XML, estimated or actual',
  readPlan: (text, source) =>
    soundly(() =>
      finishPlan(readShowplan(text), {
        engine: 'sqlserver',
        sourceFormat: 'sqlserver-xml',
        source,
        tokenize: (expression) => tokenizeSpelled(expression.replaceAll(madeUp, '$1')),
      }),
    ),
  sniff: sniffShowplan,
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
      'UPDATE STATISTICS of the tables WITH FULLSCAN; for columns that depend on each other ' +
      'CREATE STATISTICS on them together; compare columns and not what functions make of them; ' +
      'where a parameter decides, OPTION (RECOMPILE) for the statement.',
    memory:
      'Return or sort fewer rows, add an index that gives the order, or mend the estimate: the ' +
      'memory that is granted follows from the rows that are expected.',
  },
} as const satisfies Dialect;

/** Numbers of what was computed for one plan: `Expr1004`, `Union1007`. */
const madeUp = /\b([A-Z][A-Za-z]{2,})1\d{3}\b/g;
