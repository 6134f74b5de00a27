import { isMeant, type Stop, type WhichStops } from '../safety/emergency-stop.ts';
import type { StateBackend } from '../state/state-backend.ts';

/** Emergency stops as flags of the shared state. */
const prefix = 'stop/';

const stopsOf = (flags: ReadonlyMap<string, unknown>) =>
  [...flags].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value as Stop);

export function watchStops(state: StateBackend, onStops: (stops: readonly Stop[]) => void): () => void {
  return state.watch((flags) => onStops(stopsOf(flags)));
}

export const listStops = async (state: StateBackend): Promise<readonly Stop[]> => stopsOf(await state.flags());

export async function publishStop(
  state: StateBackend,
  scope: Stop['scope'],
  reason: string,
  now: number,
  random: () => number,
): Promise<Stop> {
  const id = Math.floor(random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0');
  const stop = { id, scope, reason, since: now };
  await state.publish(prefix + id, stop);
  return stop;
}

export async function liftStops(state: StateBackend, which: WhichStops): Promise<readonly Stop[]> {
  const lifted = (await listStops(state)).filter((stop) => isMeant(stop, which));
  for (const stop of lifted) await state.publish(prefix + stop.id, undefined);
  return lifted;
}
