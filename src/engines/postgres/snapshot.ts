import type { Snapshot } from '../../model/statistics.ts';
import type { PostgresSession } from './opened.ts';
import { readSnapshot } from './workload.ts';

/** The counters of now. */
export async function takeSnapshot({
  control,
  known: { extension, otherServer },
  timeout_ms,
}: PostgresSession): Promise<Snapshot> {
  const snapshot = await readSnapshot(control, extension, timeout_ms);
  return { ...snapshot, ...(otherServer ? { otherServer } : {}) };
}

/** Those that the prerequisites read just before, or of now. */
export async function snapshot(session: PostgresSession): Promise<Snapshot> {
  const { ahead } = session.known;
  session.known.ahead = undefined;
  return ahead ?? takeSnapshot(session);
}
