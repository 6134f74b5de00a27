import { parseTime } from '../base/quantity.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';

/** What a list says of a target, as `kubectl get` does: small enough to keep of ten thousand. */
export interface TargetGlance {
  engine?: string;
  suspend?: boolean;
  /** `True`, `False`, `Unknown`; of the condition Ready. */
  ready?: string;
  reason?: string;
  coverage?: string;
  plans?: number;
  findings?: number;
  circuit?: string;
  /** When the status was written, milliseconds since the epoch. */
  updatedAt?: number;
}

/**
 * Of what may be a newer version's: nothing in it is taken for granted. `kept`: for texts that many
 * targets have in common.
 */
export function glanceOf(
  spec: unknown,
  status: Partial<DatabaseTargetStatus> | undefined,
  kept: (text: string) => string,
): TargetGlance {
  const { engine, suspend } = (spec ?? {}) as { engine?: unknown; suspend?: unknown };
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const updatedAt = parseTime(status?.updatedAt ?? '');
  const texts = {
    engine,
    ready: ready?.status,
    reason: ready?.reason,
    coverage: status?.coverage?.explained,
    circuit: status?.safety?.circuit,
  };
  const known = Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, kept(value)]] : [],
  );
  return {
    ...(Object.fromEntries(known) as Pick<TargetGlance, keyof typeof texts>),
    suspend: suspend === true,
    ...(status?.plans === undefined ? {} : { plans: status.plans }),
    ...(status?.findings === undefined ? {} : { findings: status.findings }),
    ...(Number.isNaN(updatedAt) ? {} : { updatedAt }),
  };
}
