import { soundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishPlan } from '../finish-plan.ts';
import { spell } from '../spell.ts';
import { tokenizeSpelled } from '../spelled.ts';
import { sqlserverHabits } from './habits.ts';
import { readShowplan, sniffShowplan } from './showplan.ts';

/** SQL Server 2012 and later, Azure SQL: only read. */
export const sqlserver = {
  ...sqlserverHabits,
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
} as const satisfies Dialect;

/** Numbers of what was computed for one plan: `Expr1004`, `Union1007`. */
const madeUp = /\b([A-Z][A-Za-z]{2,})1\d{3}\b/g;
