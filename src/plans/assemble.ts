import { planHash } from './hash.ts';
import { type Fingerprint, type Lossiness, type Plan, planModel } from './plan.ts';
import { type PostgresReading, readPostgresJson } from './readers/postgres-json.ts';
import { deriveTotals, dominantOp } from './totals.ts';

export interface PlanSource {
  engineVersion: string;
  namespace: string;
  collectedAt: number;
  parameters: 'generic' | 'sampled';
  fingerprint: Fingerprint;
  queryText?: string;
  lossiness?: Lossiness[];
}

/** From what the server printed to a finished plan: read, totals, hash. */
export function assemblePostgresPlan(json: string, source: PlanSource): Plan {
  return fromReading(readPostgresJson(json), source);
}

function fromReading(reading: PostgresReading, { lossiness = [], ...source }: PlanSource): Plan {
  const { root, settings, mode } = reading;
  const totals = deriveTotals(root, {
    ...(reading.planningMs === undefined ? {} : { planningMs: reading.planningMs }),
    ...(reading.jitFunctions === undefined ? {} : { jitFunctions: reading.jitFunctions }),
    ...(reading.jitMs === undefined ? {} : { jitMs: reading.jitMs }),
  });
  return {
    planModel,
    engine: 'postgres',
    sourceFormat: 'postgres-json',
    ...source,
    mode,
    settings,
    root,
    totals,
    hash: planHash(root),
    dominantOp: dominantOp(root),
    lossiness: [...lossiness, ...(reading.unknownNodes ? (['unknown_nodes'] as const) : [])],
  };
}
