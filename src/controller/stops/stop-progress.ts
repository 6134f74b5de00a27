import type { SessionFacts } from '../../coordination/lease-store.ts';
import type { Stop } from '../../model/stop.ts';

/** What every replica says of a stop, now: who obeys, what was cancelled, what still runs. Pure. */
export interface StopProgress extends Stop {
  covered: number;
  replicas: { pod: string; confirmed: boolean; cancelled: number | null; stillRunning: number }[];
  confirmed: string[];
  waiting: string[];
  /** Null: not to be told. */
  cancelled: number | null;
  stillRunning: number;
  /** All confirm, and nothing that it covers runs. */
  done: boolean;
}

type Session = Pick<SessionFacts, 'name' | 'stops' | 'cancelled' | 'busy'>;

export interface ProgressSeen {
  covered: number;
  /**
   * Where what replicas count has more in it than may be told: of the targets that one is busy
   * with, how many it covers and may be.
   */
  countBusy?: ((uids: readonly string[]) => number) | undefined;
}

export function stopProgress(
  stop: Stop,
  sessions: readonly Session[],
  { covered, countBusy }: ProgressSeen,
): StopProgress {
  const replicas = sessions.map(({ name, stops, cancelled, busy = [] }) => ({
    pod: name,
    confirmed: stops[stop.id] !== undefined,
    cancelled: countBusy ? null : (cancelled?.[stop.id] ?? 0),
    stillRunning: countBusy ? countBusy(busy) : (stops[stop.id] ?? 0),
  }));
  const sum = (of: 'cancelled' | 'stillRunning') =>
    replicas.reduce((total, each) => total + (each[of] ?? 0), 0);
  const pods = (confirmed: boolean) =>
    replicas.filter((each) => each.confirmed === confirmed).map(({ pod }) => pod);
  const [waiting, stillRunning] = [pods(false), sum('stillRunning')];
  return {
    ...stop,
    covered,
    replicas,
    confirmed: pods(true),
    waiting,
    cancelled: countBusy ? null : sum('cancelled'),
    stillRunning,
    done: waiting.length === 0 && stillRunning === 0,
  };
}
