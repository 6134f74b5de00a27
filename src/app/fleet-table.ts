import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { regularly } from '../base/regularly.ts';
import type { FleetTable, Named } from '../fleet/table.ts';
import type { Stop } from '../model/stop.ts';
import { coveringStop } from '../safety/emergency-stop.ts';

/** What the table of the fleet does not hear by itself: what is stopped, and that time passes. */
export function coverStopped(
  table: FleetTable,
  stops: readonly Stop[],
  labelsOf: (uid: string) => Record<string, string>,
): void {
  table.cover((target) => stops.length > 0 && isStopped(stops, target, labelsOf));
}

/** Labels are looked up where a stop asks for them: of ten thousand that takes a while. */
const isStopped = (
  stops: readonly Stop[],
  { uid, namespace, name }: Named,
  labelsOf: (uid: string) => Record<string, string>,
): boolean =>
  coveringStop(stops, {
    namespace,
    name,
    get labels() {
      return labelsOf(uid);
    },
  }) !== undefined;

const look_ms = 5_000;
export const followSilence = (
  table: FleetTable,
  clock: Clock,
  logger: Logger,
): (() => Promise<void>) => regularly(clock, look_ms, logger, async () => table.look());
