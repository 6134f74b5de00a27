import { dialectOf } from '../dialects/index.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/** Where a target's server is, as far as its spec tells: an address may have several names. */
export const serverOf = ({ spec: { engine, connection } }: Pick<Target, 'spec'>): string =>
  `${connection.host.toLowerCase()}:${connection.port ?? dialectOf(engine).defaultPort}`;
