import { AppError, asAppError } from '../base/errors.ts';
import type { ProposalPhase } from '../model/proposal.ts';
import { type Entered, enter } from './pass.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';
import { type Claim, mayStart, onlyDrops, tableOf } from './turns.ts';

/**
 * The executor's life: every so often, one pass over each recommendation that is not over. On a
 * server one that builds at a time; several servers side by side, so that a build of hours on one
 * of them keeps nobody waiting on another (`turns.ts`).
 */
export interface ExecutorLoop {
  /** Since all recommendations were read, milliseconds; undefined: not yet. */
  readonly age_ms: number | undefined;
  /** A pass is under way, and the next round of looks does not hang. */
  readonly busy: boolean;
  /** Nothing is begun any more; resolves when what runs has been brought to an end. */
  stop(): Promise<void>;
}

/** People who have approved something look whether anything happens. */
const between_ms = 10_000;
/** What is in force is watched for days: each look is two connections, and a page of history. */
const watched_ms = 600_000;
/** Whoever has waited for its turn for longer is read again before anything is begun. */
const fresh_ms = 60_000;
/** Reading all of them takes seconds; for so long a round may at most be under way. */
const mostRound_ms = 120_000;

interface Look {
  begun: number;
  ended: number;
}
const never: Look = { begun: Number.NEGATIVE_INFINITY, ended: Number.NEGATIVE_INFINITY };

export function startExecutorLoop(ports: ExecutorPorts): ExecutorLoop {
  const { clock, logger } = ports;
  const end = new AbortController();
  const running = new Map<string, Claim & { over: Promise<void> }>();
  const looks = new Map<string, Look>();
  let waiting: Recommendation[] = [];
  let lookedAt: number | undefined;
  let roundAt = clock.monotonic();

  const start = ({ uid, label }: Recommendation, claim: Claim, entered: Entered) => {
    const begun = clock.monotonic();
    looks.set(uid, { begun, ended: Number.POSITIVE_INFINITY });
    const over = entered
      .run(end.signal)
      .catch((error: unknown) => {
        const { code, message } = asAppError(error);
        logger.warn({ recommendation: label, code, message }, 'it is looked at again');
      })
      .then(() => {
        running.delete(uid);
        looks.set(uid, { begun, ended: clock.monotonic() });
        startWaiting();
      });
    running.set(uid, { ...claim, over });
  };
  /** Those whose turn it is; the others wait for a pass to end, or for the next round. */
  const startWaiting = () => {
    const age_ms = clock.monotonic() - (lookedAt ?? Number.NEGATIVE_INFINITY);
    if (end.signal.aborted || age_ms > fresh_ms) waiting = [];
    waiting = waiting.filter((recommendation) => {
      const { uid, state } = recommendation;
      const changes = changing.has(state.phase);
      const table = tableOf(recommendation);
      const nowhere = { uid, server: undefined, table, onlyDrops: false, changes: false };
      // Most are watched: they need not be asked what they want while there is no room for them.
      if (!changes && !mayStart(nowhere, running.values())) return true;
      const entered = enter(recommendation, ports);
      const claim = entered.onServer
        ? {
            ...nowhere,
            server: ports.server(recommendation) ?? recommendation.target.uid,
            onlyDrops: onlyDrops(recommendation),
            changes,
          }
        : nowhere;
      if (!mayStart(claim, running.values())) return true;
      start(recommendation, claim, entered);
      return false;
    });
  };
  const round = async () => {
    const began = clock.monotonic();
    const all = await ports.store.list(end.signal);
    const now = clock.monotonic();
    const there = new Set(all.map(({ uid }) => uid));
    for (const uid of looks.keys()) if (!there.has(uid) && !running.has(uid)) looks.delete(uid);
    const lookOf = ({ uid }: Recommendation) => looks.get(uid) ?? never;
    // Whoever has waited longest comes first. What was read before its last pass ended is old.
    waiting = all
      .filter((each) => lookOf(each).ended < began)
      .filter((each) => !isQuiet(each) || now >= lookOf(each).begun + watched_ms)
      .toSorted((a, b) => compare(lookOf(a).begun, lookOf(b).begun));
    lookedAt = now;
    startWaiting();
  };
  const live = async () => {
    while (!end.signal.aborted) {
      try {
        await round();
      } catch (error) {
        if (end.signal.aborted) return;
        const { code, message } = asAppError(error);
        logger.error({ code, message }, 'recommendations could not be read');
      }
      roundAt = clock.monotonic();
      await clock.sleep(between_ms, end.signal).catch(() => undefined);
    }
  };
  const living = live();
  return {
    get age_ms() {
      return lookedAt === undefined ? undefined : clock.monotonic() - lookedAt;
    },
    get busy() {
      return running.size > 0 && clock.monotonic() < roundAt + mostRound_ms;
    },
    async stop() {
      end.abort(new AppError('program_ending', 'the executor ends'));
      await living;
      await Promise.all([...running.values()].map(({ over }) => over));
    },
  };
}

/** No difference of infinities, which is none. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** From which a change is begun or gone on with. */
const changing: ReadonlySet<ProposalPhase> = new Set(['Approved', 'Deferred', 'Applying']);

/** In force, and nobody has said otherwise. */
const isQuiet = ({ state, approval, subject, deleted }: Recommendation): boolean =>
  (state.phase === 'Observing' || state.phase === 'Hidden') &&
  !deleted &&
  approval?.contentHash === subject.contentHash &&
  !approval.rejects;
