import { isPartlyDegenerate } from '../model/degenerate.ts';
import type { EngineName } from '../model/engine-name.ts';
import {
  type Fingerprint,
  type Lossiness,
  type Plan,
  planModel,
  type SourceFormat,
} from '../model/plan.ts';
import { deriveTotals, dominantOp } from '../model/totals.ts';
import { readSoundly, requireNumbers } from './bounds.ts';
import { planHash } from './hash.ts';
import { hideLiterals } from './known-literals.ts';
import { readMariadbJson } from './mariadb/plan-json.ts';
import { readMysqlJson } from './mysql/plan-json.ts';
import { readPostgresJson } from './postgres/plan-json.ts';
import type { Reading, Resolve } from './reading.ts';

export interface PlanSource {
  engineVersion: string;
  namespace: string;
  collectedAt: number;
  parameters: 'generic' | 'sampled';
  fingerprint: Fingerprint;
  queryText?: string;
  lossiness?: Lossiness[];
  /** Words of the statement's literals (`literalWords`): none of them is shown as a name. */
  literals?: ReadonlySet<string>;
  /** It was planned under ANSI_QUOTES: MySQL and MariaDB print "x" for a name then. */
  ansiQuotes?: boolean;
}

/**
 * From what the server printed to a finished plan: read, totals, hash. Throws AppError: unparsable,
 * too_large; nothing else, whatever the text.
 */
export const assemblePostgresPlan = (json: string, source: PlanSource): Plan =>
  readSoundly(json, () => fromReading(readPostgresJson(json), 'postgres', 'postgres-json', source));

export const assembleMysqlPlan = (json: string, source: PlanSource, resolve?: Resolve): Plan =>
  readSoundly(json, () => {
    const reading = readMysqlJson(json, resolve, source.ansiQuotes);
    return fromReading(reading, 'mysql', reading.format, source);
  });

export const assembleMariadbPlan = (json: string, source: PlanSource, resolve?: Resolve): Plan =>
  readSoundly(json, () => {
    const reading = readMariadbJson(json, resolve, source.ansiQuotes);
    const costs = Number.parseInt(source.engineVersion, 10) >= 11;
    const lossiness: Lossiness[] = [
      ...(source.lossiness ?? []),
      ...(costs ? [] : (['no_costs'] as const)),
    ];
    return fromReading(reading, 'mariadb', 'mariadb-json', { ...source, lossiness });
  });

type Measured = Reading & { jitFunctions?: number; jitMs?: number };

function fromReading(
  { root, settings, mode, unknownNodes, planningMs, jitFunctions, jitMs }: Measured,
  engine: EngineName,
  sourceFormat: SourceFormat,
  { lossiness = [], literals, ...source }: Omit<PlanSource, 'ansiQuotes'>,
): Plan {
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
    ...source,
    mode,
    settings,
    root,
    totals,
    hash: planHash(root),
    dominantOp: dominantOp(root),
    lossiness: [
      ...lossiness,
      ...(unknownNodes ? (['unknown_nodes'] as const) : []),
      ...(engine !== 'postgres' && isPartlyDegenerate(root) ? (['degenerate_part'] as const) : []),
    ],
  };
}
