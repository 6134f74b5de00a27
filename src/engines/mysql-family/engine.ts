import type { Engine } from '../engine.ts';
import { openSession } from '../session.ts';
import { familyDdl } from './ddl.ts';
import { familyDriver } from './driver.ts';
import { familySql } from './role-text.ts';
import { familyStatements } from './statements.ts';
import type { Variant } from './variant.ts';

/** MySQL 8.0–9 or MariaDB 10.6–11. One per process: it remembers tables. */
export function createFamilyEngine(variant: Variant): Engine {
  const driver = familyDriver(variant);
  return {
    name: variant.name,
    open: (options) => openSession(options, driver),
    prerequisitesSql: (options) => familySql(variant.roleSql, options),
    statements: (target) => familyStatements(target, variant),
    ddl: async (change, mark) => familyDdl(change, variant.indexes, mark),
  };
}
