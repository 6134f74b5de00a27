import type { Clock } from '../base/clock.ts';
import type { Credentials } from '../model/credentials.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/** An index on one server, of which it is asked when it was read there. */
export interface IndexUseOptions {
  target: Target;
  credentials: Credentials;
  database: string;
  index: Pick<IndexDef, 'schema'>;
  name: string;
  clock: Clock;
  signal: AbortSignal;
}
