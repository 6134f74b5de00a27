import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import { parseSize } from '../base/quantity.ts';
import type { IndexWork } from '../engines/index-work.ts';
import { openIndexWork } from '../engines/open-index-work.ts';
import { executorGate } from '../executor/gate.ts';
import { type ExecutorPorts, markOf, type Recommendation } from '../executor/ports.ts';
import type { History } from '../history/backends.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { closedBreaker } from '../safety/circuit-breaker.ts';
import { askReplicas, closedError } from './ask-replica.ts';
import type { ChangeState } from './change-state.ts';

/** What carrying out a change needs. */
export interface ApplyWorld {
  history: History;
  dataFolder: string;
  target: Target;
  credentials: Credentials;
  /** The folder that they are from, as it was named. */
  login: string;
  stops: readonly Stop[];
  /** As they are now: a build takes hours. */
  readStops(): Promise<readonly Stop[]>;
  /** The target of that name beside this one. */
  beside(name: string): Target | undefined;
  /** Told of each phase. */
  tell(state: ChangeState): void;
  signal: AbortSignal;
}

export const openWork = (
  world: ApplyWorld,
  recommendation: Recommendation,
  signal: AbortSignal,
): Promise<IndexWork> =>
  openIndexWork(world.target.spec.engine, {
    target: world.target,
    credentials: world.credentials,
    credentialsNow: () => builderCredentials(world.login, world.credentials),
    database: recommendation.database,
    change: recommendation.change,
    mark: markOf(recommendation),
    uid: recommendation.uid,
    clock: systemClock,
    signal,
  });

export const budgetOf = ({ target }: ApplyWorld): number => parseSize(target.spec.advice.budget);

export const elsewhereOf = (world: ApplyWorld): ExecutorPorts['elsewhere'] =>
  askReplicas(world.target.spec.advice.replicas ?? [], {
    find: world.beside,
    closed: (target) => closedError(gateOf({ target, stops: world.stops }, [])),
    login: async () => world.credentials,
    clock: systemClock,
  });

export const gateOf = (
  { target, stops }: Pick<ApplyWorld, 'target' | 'stops'>,
  window = target.spec.advice.window,
) =>
  executorGate({
    target,
    applies: true,
    window,
    stops,
    breaker: closedBreaker,
    now: systemClock.now(),
  });

/** A folder with the files username and password; TLS as the target has it. */
export async function builderCredentials(
  folder: string,
  ofTarget: Credentials,
): Promise<Credentials> {
  const read = async (name: string) => {
    try {
      return (await readFile(join(folder, name), 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      throw new AppError('secret_unavailable', `${join(folder, name)} could not be read`, {
        cause: error,
      });
    }
  };
  const { remark: _, ...tls } = ofTarget;
  return { ...tls, username: await read('username'), password: await read('password') };
}
