import type { Clock } from '../base/clock.ts';
import { dialectOf } from '../dialects/index.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { ConnectOptions } from './connection.ts';

export interface Reached {
  target: Target;
  credentials: Credentials;
  clock: Clock;
  signal: AbortSignal;
}

/** How a target's server is reached, whatever for. `name`: what the server shows of us. */
export function connectOptions(
  { target, credentials, clock, signal }: Reached,
  database: string,
  name: string,
): ConnectOptions {
  const { host, port, tls, requireAuth } = target.spec.connection;
  return {
    host,
    port: port ?? dialectOf(target.spec.engine).defaultPort,
    database,
    credentials,
    tlsMode: tls.mode,
    requireAuth,
    name,
    clock,
    signal,
    onTook: () => undefined,
  };
}
