import type { StateBackend } from '../../coordination/state-backend.ts';
import type { Stop, WhichStops } from '../../model/stop.ts';
import { emergencyStopSpec } from '../../resources/kinds/emergency-stop/spec.ts';
import { isMeant } from '../../safety/emergency-stop.ts';

/** Emergency stops as flags of the shared state. */
export const stopPrefix = 'stop/';
/** `resource`: it stands for an EmergencyStop, and only the absence of that lifts it. */
export type StopFlag = Stop & { resource?: boolean };

/** Those among all flags, by the flag's name. */
export const stopFlags = (flags: ReadonlyMap<string, unknown>): Map<string, StopFlag> =>
  new Map(
    [...flags]
      .filter(([name]) => name.startsWith(stopPrefix))
      .map(([name, value]) => [name, readFlag(name, value)]),
  );

/**
 * A stop that is not understood stops everything, as a resource does: better too much than too
 * little.
 */
function readFlag(name: string, value: unknown): StopFlag {
  const flag =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const id = name.slice(stopPrefix.length);
  const scope = emergencyStopSpec.shape.scope.safeParse(flag['scope']);
  const since = Number.isFinite(flag['since']) ? Number(flag['since']) : 0;
  if (!scope.success)
    return {
      id,
      scope: { all: true },
      reason: `${id}: not understood by this version, so everything stops`,
      since,
    };
  const reason = typeof flag['reason'] === 'string' ? flag['reason'] : 'no reason was given';
  return {
    id,
    scope: flag['scope'] as Stop['scope'],
    reason,
    since,
    ...(typeof flag['by'] === 'string' ? { by: flag['by'] } : {}),
    ...(flag['resource'] === true ? { resource: true } : {}),
  };
}

export function watchStops(
  state: StateBackend,
  onStops: (stops: readonly Stop[]) => void,
): () => void {
  return state.watch((flags) => onStops([...stopFlags(flags).values()]));
}

export const listStops = async (
  state: Pick<StateBackend, 'flags'>,
): Promise<readonly StopFlag[]> => [...stopFlags(await state.flags()).values()];

export async function publishStop(
  state: Pick<StateBackend, 'publish'>,
  asked: Omit<Stop, 'id'>,
  random: () => number,
): Promise<Stop> {
  const id = Math.floor(random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0');
  const stop = { id, ...asked };
  await state.publish(stopPrefix + id, stop);
  return stop;
}

/** What was lifted; what stands for a resource stays. */
export async function liftStops(
  state: Pick<StateBackend, 'flags' | 'publish'>,
  which: WhichStops,
): Promise<readonly Stop[]> {
  const lifted = (await listStops(state)).filter((stop) => isMeant(stop, which) && !stop.resource);
  for (const stop of lifted) await state.publish(stopPrefix + stop.id, undefined);
  return lifted;
}
