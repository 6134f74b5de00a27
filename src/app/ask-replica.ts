import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { lastIndexUse } from '../engines/open-index-work.ts';
import { readElsewhere, replicasToAsk } from '../executor/elsewhere.ts';
import type { ExecutorPorts } from '../executor/ports.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/** A standby has the roles of its primary, so that who builds there may ask here. */
export interface ReplicaWorld {
  /** Of the namespace of the primary. */
  find(name: string): Target | undefined;
  /** The reason why it is not to be asked now. */
  closed(replica: Target): AppError | undefined;
  login(replica: Target): Promise<Credentials>;
  clock: Clock;
}

export const askReplicas =
  (replicas: readonly string[], world: ReplicaWorld): ExecutorPorts['elsewhere'] =>
  (recommendation, signal) => {
    const { change, database } = recommendation;
    const { index } = change;
    return readElsewhere(change, replicasToAsk(recommendation, replicas), async (name) => {
      const target = world.find(name);
      if (!target) throw new AppError('not_found', `there is no target ${name}`);
      const closed = world.closed(target);
      if (closed) throw closed;
      const credentials = await world.login(target);
      const asked = { target, credentials, database, index, name: change.name };
      return lastIndexUse(target.spec.engine, { ...asked, clock: world.clock, signal });
    });
  };

/** As gates say it. */
export const closedError = (gate: ReturnType<ExecutorPorts['gate']>): AppError | undefined =>
  gate.kind === 'open' ? undefined : new AppError('rate_limited', `closed: ${gate.reason}`);
