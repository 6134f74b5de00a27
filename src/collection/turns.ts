import type { Cancel, Clock } from '../base/clock.ts';
import { jitter, type Random } from '../base/random.ts';
import type { Applicant, Slots } from '../base/slots.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/**
 * Targets on one server take turns, since the server's own lock lets one cycle in at a time.
 * Whoever waits here holds no connection: the role's CONNECTION LIMIT stays small however many
 * targets a server has. First a turn within this process, then one among all replicas, in the
 * shared state. Neither is what keeps two collectors apart: that is the server's lock, also where
 * the shared state is away.
 */
export interface Turns {
  /** Waits for the target's turn in this process; undefined when `signal` aborts first. */
  wait(target: Target, signal: AbortSignal): Promise<Turn | undefined>;
  /**
   * What was found behind an address: other names for the same server are one server from now on.
   */
  learn(target: Target, server: string): void;
}

export interface Turn {
  /**
   * Asks for the turn among all replicas: undefined, it is ours; otherwise milliseconds until it is
   * worth asking again.
   */
  claim(): Promise<number | undefined>;
  /** The next one's turn. */
  end(): Promise<void>;
}

export interface TurnsDeps {
  state: Pick<StateBackend, 'takeTurn' | 'endTurn'>;
  /** Of this process. */
  holder: string;
  clock: Clock;
  random: Random;
}

/** A process that dies in its turn leaves it taken for so long. */
const turn_ms = 10_000;
const renew_ms = 3_000;
const ask_ms = 250;
/**
 * Those who wait in one process follow each other for so long without asking the others anew; a
 * change of hands costs a wait.
 */
const stint_ms = 2_000;
/** A state that does not answer keeps nobody waiting. */
const patience_ms = 500;
/** More addresses than any fleet has; what is forgotten is learned again. */
const addressLimit = 20_000;

interface Place {
  waiting: (() => void)[];
  /** Since when the turn among all replicas is ours, monotonic. */
  since: number | undefined;
  renewing: Cancel;
}

export function createTurns({ state, holder, clock, random }: TurnsDeps): Turns {
  const places = new Map<string, Place>();
  const servers = new Map<string, string>();

  async function enter(server: string, signal: AbortSignal): Promise<Place | undefined> {
    if (signal.aborted) return undefined;
    const place = places.get(server);
    if (!place) {
      const empty = { waiting: [], since: undefined, renewing: () => undefined };
      places.set(server, empty);
      return empty;
    }
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', leave);
        resolve(place);
      };
      const leave = () => {
        place.waiting.splice(place.waiting.indexOf(begin), 1);
        resolve(undefined);
      };
      place.waiting.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  const inTime = <T>(work: Promise<T>) =>
    Promise.race([
      work.catch(() => 'away' as const),
      clock.sleep(patience_ms).then(() => 'away' as const),
    ]);
  async function take(server: string): Promise<'mine' | 'away' | 'taken'> {
    const other = await inTime(state.takeTurn(server, holder, turn_ms).then((name) => ({ name })));
    return other === 'away' ? 'away' : other.name === undefined ? 'mine' : 'taken';
  }

  function renewLater(server: string, place: Place): void {
    place.renewing = clock.after(renew_ms, () => {
      void take(server).then(() => {
        if (place.since !== undefined) renewLater(server, place);
      });
    });
  }

  function makeTurn(server: string, place: Place): Turn {
    const stintOver = () =>
      place.since !== undefined && clock.monotonic() - place.since >= stint_ms;
    return {
      async claim() {
        if (place.since !== undefined && !stintOver()) return undefined;
        const answer = await take(server);
        if (answer === 'taken') return jitter(ask_ms, 0.5, random);
        if (answer === 'away') return undefined; // the server's own lock decides
        place.since = clock.monotonic();
        place.renewing();
        renewLater(server, place);
        return undefined;
      },
      async end() {
        if (place.since !== undefined && (place.waiting.length === 0 || stintOver())) {
          place.since = undefined;
          place.renewing();
          await inTime(state.endTurn(server, holder));
        }
        const next = place.waiting.shift();
        if (next) next();
        else places.delete(server);
      },
    };
  }

  return {
    async wait(target, signal) {
      const server = servers.get(addressOf(target)) ?? addressOf(target);
      const place = await enter(server, signal);
      return place && makeTurn(server, place);
    },
    learn(target, server) {
      if (servers.size >= addressLimit) servers.clear();
      servers.set(addressOf(target), server);
    },
  };
}

/**
 * Runs `work` in the target's turn at its server. A place in the quota is asked for when the turn
 * has come: who waits for others holds nothing of anybody's. Where the wait has become needless,
 * `work` runs without a turn.
 */
export async function inTurn<T>(
  { turns, quota, clock, target }: { turns: Turns; quota: Slots; clock: Clock; target: Target },
  who: Applicant,
  wait: {
    queueing: AbortSignal;
    ended: AbortSignal;
    needless(): boolean;
    /** Others have the server now, or not any more. */
    others(have: boolean): void;
  },
  work: () => Promise<T | undefined>,
): Promise<T | undefined> {
  wait.others(true);
  const turn = await turns.wait(target, wait.queueing);
  wait.others(false);
  if (!turn) return quota.run(who, work);
  try {
    while (!wait.ended.aborted) {
      const tried = await quota.run(who, async () => {
        const again_ms = await turn.claim();
        return again_ms === undefined
          ? { kind: 'done' as const, result: await work() }
          : { kind: 'taken' as const, again_ms };
      });
      if (tried.kind === 'done') return tried.result;
      if (wait.needless()) return undefined;
      wait.others(true);
      await clock.sleep(tried.again_ms, wait.ended).catch(() => undefined);
      wait.others(false);
    }
    return undefined;
  } finally {
    await turn.end();
  }
}

/** Where its server is, as far as its spec tells. */
export const addressOf = ({ spec: { engine, connection } }: Target) =>
  `${connection.host.toLowerCase()}:${connection.port ?? engine}`;
