import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { AppError, asAppError } from '../../base/errors.ts';
import type { HistoryQuestions } from '../../history/history-questions.ts';
import { type ReplicasAnswer, replicas } from '../answers/replicas.ts';
import { type Api, says } from '../api.ts';
import type { Caller } from '../caller.ts';

/** Who is there, and whether what they share can be had. */
export interface ReplicaDeps {
  /** Targets are counted as far as somebody may read them. */
  replicas(caller: CountedFor): Promise<Omit<ReplicasAnswer, 'now' | 'history'>>;
  /** Every replica tells of every target. */
  sharedHistory: boolean;
  history: Pick<HistoryQuestions, 'targets'>;
  clock: Clock;
}

export type CountedFor = Pick<Caller, 'readable' | 'mayRead'>;

/** Whoever waits for longer calls it away. */
const historyLimit_ms = 2_000;

export function replicaRoutes(api: Api, deps: ReplicaDeps): void {
  api.get(
    '/api/v1/replicas',
    says('Every replica that lives, and what they share', replicas, {}),
    async ({ caller }) => {
      const [told, history] = await Promise.all([deps.replicas(caller), stateOf(deps)]);
      return { now: deps.clock.now(), ...told, history };
    },
  );
}

/** Asked for a name that nothing has. */
async function stateOf({
  history,
  clock,
  sharedHistory: shared,
}: ReplicaDeps): Promise<ReplicasAnswer['history']> {
  const late = () => new AppError('internal', `no answer within ${historyLimit_ms} ms`);
  try {
    await withDeadline(history.targets('-'), historyLimit_ms, clock, late);
    return { state: 'ok', shared };
  } catch (error) {
    return { state: 'away', shared, problem: asAppError(error).message };
  }
}
