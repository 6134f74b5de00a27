import type { SessionFacts } from '../../coordination/lease-store.ts';
import type { Stop } from '../../model/stop.ts';

/** What every replica says of a stop, now: who obeys, what was cancelled, what still runs. Pure. */
export interface StopProgress extends Stop {
  covered: number;
  replicas: { pod: string; confirmed: boolean; cancelled: number; stillRunning: number }[];
  confirmed: string[];
  waiting: string[];
  cancelled: number;
  stillRunning: number;
  /** All confirm, and nothing that it covers runs. */
  done: boolean;
}

export function stopProgress(
  stop: Stop,
  sessions: readonly Pick<SessionFacts, 'name' | 'stops' | 'cancelled'>[],
  covered: number,
): StopProgress {
  const replicas = sessions.map(({ name, stops, cancelled }) => ({
    pod: name,
    confirmed: stops[stop.id] !== undefined,
    cancelled: cancelled?.[stop.id] ?? 0,
    stillRunning: stops[stop.id] ?? 0,
  }));
  const sum = (of: 'cancelled' | 'stillRunning') =>
    replicas.reduce((total, each) => total + each[of], 0);
  const pods = (confirmed: boolean) =>
    replicas.filter((each) => each.confirmed === confirmed).map(({ pod }) => pod);
  const [waiting, stillRunning] = [pods(false), sum('stillRunning')];
  return {
    ...stop,
    covered,
    replicas,
    confirmed: pods(true),
    waiting,
    cancelled: sum('cancelled'),
    stillRunning,
    done: waiting.length === 0 && stillRunning === 0,
  };
}
