import type { DialectName, EngineName } from '../model/engine-name.ts';
import type { Dialect, EngineDialect } from './dialect.ts';
import { mariadb } from './mariadb/dialect.ts';
import { mysql } from './mysql/dialect.ts';
import { oracle } from './oracle/dialect.ts';
import { postgres } from './postgres/dialect.ts';
import { sqlserver } from './sqlserver/dialect.ts';

const engines = { postgres, mysql, mariadb } satisfies Record<EngineName, EngineDialect>;

/** Whose plans are understood. Another one is a folder with a dialect.ts, and a line here. */
export const dialects = { ...engines, sqlserver, oracle } satisfies Record<DialectName, Dialect>;

export function dialectOf(name: EngineName): EngineDialect;
export function dialectOf(name: DialectName): Dialect;
export function dialectOf(name: DialectName): Dialect {
  return dialects[name];
}

/** A way to log in that some engine has. */
export type LoginMethod = (typeof engines)[EngineName]['spec']['loginMethods'][number];
