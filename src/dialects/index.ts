import type { EngineName } from '../model/engine-name.ts';
import type { Dialect } from './dialect.ts';
import { mariadb } from './mariadb/dialect.ts';
import { mysql } from './mysql/dialect.ts';
import { postgres } from './postgres/dialect.ts';

/** What is known of each engine. Another one is a folder with a dialect.ts, and a line here. */
export const dialects = { postgres, mysql, mariadb } satisfies Record<EngineName, Dialect>;

export const dialectOf = (engine: EngineName): Dialect => dialects[engine];

/** A way to log in that some engine has. */
export type LoginMethod = (typeof dialects)[EngineName]['spec']['loginMethods'][number];
