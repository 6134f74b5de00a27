import type { DialectName } from '../model/engine-name.ts';
import { type Lossiness, type Plan, planModel, type SourceFormat } from '../model/plan.ts';
import { deriveTotals, dominantOp } from '../model/totals.ts';
import { requireDepth, requireNumbers } from './bounds.ts';
import type { PlanSource } from './dialect.ts';
import { planHash } from './hash.ts';
import type { Tokenize } from './hash-words.ts';
import { hideLiterals } from './hide-literals.ts';
import { type Reading, unknownSteps } from './reading.ts';

/** What a reader found in a text, and what is known of it besides, → the plan. */
export interface Found {
  engine: DialectName;
  sourceFormat: SourceFormat;
  source: PlanSource;
  tokenize: Tokenize;
  /** What the reader's own engine leaves out, told behind what is known of the statement. */
  missing?: readonly Lossiness[];
}

/** Throws AppError: too_large for too many levels, unparsable for numbers that are none. */
export function finishPlan(
  reading: Reading,
  { engine, sourceFormat, source, tokenize, missing = [] }: Found,
): Plan {
  const { root, settings, mode, unknownNodes, planningMs, jitFunctions, jitMs } = reading;
  const { queryText, suggestedIndexes, warnings } = reading;
  const { lossiness = [], literals, ansiQuotes: _, resolve: __, onUnread, ...kept } = source;
  onUnread?.(reading.unread ?? unknownSteps(root));
  requireDepth(root);
  requireNumbers(root);
  if (literals) hideLiterals(root, literals);
  const totals = deriveTotals(root, {
    ...(planningMs === undefined ? {} : { planningMs }),
    ...(jitFunctions === undefined ? {} : { jitFunctions }),
    ...(jitMs === undefined ? {} : { jitMs }),
  });
  return {
    planModel,
    engine,
    sourceFormat,
    ...(queryText === undefined ? {} : { queryText }),
    ...kept,
    mode,
    settings,
    root,
    totals,
    hash: planHash(root, tokenize),
    dominantOp: dominantOp(root),
    ...(suggestedIndexes?.length ? { suggestedIndexes } : {}),
    ...(warnings?.length ? { warnings } : {}),
    lossiness: [...lossiness, ...(unknownNodes ? (['unknown_nodes'] as const) : []), ...missing],
  };
}
