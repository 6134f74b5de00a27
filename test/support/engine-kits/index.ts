import type { EngineName } from '../../../src/model/engine-name.ts';
import type { EngineKit } from '../engine-contract.ts';
import { mariadbKit, mysqlKit } from './mysql-family.ts';
import { postgresKit } from './postgres.ts';

export const kits: Record<EngineName, EngineKit> = {
  postgres: postgresKit,
  mysql: mysqlKit,
  mariadb: mariadbKit,
};
