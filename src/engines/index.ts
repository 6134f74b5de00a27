import type { EngineName } from '../model/engine-name.ts';
import type { Engine } from './engine.ts';
import { mariadb } from './mariadb/variant.ts';
import { mysql } from './mysql/variant.ts';
import { createFamilyEngine } from './mysql-family/engine.ts';
import { createPostgresEngine } from './postgres/engine.ts';

/** The engines there are. Another one is a folder with the same file names and a line here. */
export const createEngines = (): Record<EngineName, Engine> => ({
  postgres: createPostgresEngine(),
  mysql: createFamilyEngine(mysql),
  mariadb: createFamilyEngine(mariadb),
});
