import { soundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishPlan } from '../finish-plan.ts';
import { spell } from '../spell.ts';
import { tokenizeSpelled } from '../spelled.ts';
import { readXplan, sniffXplan } from './dbms-xplan.ts';
import { oracleHabits } from './habits.ts';

/** Oracle Database 11 and later: only read. */
export const oracle = {
  ...oracleHabits,
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
} as const satisfies Dialect;
