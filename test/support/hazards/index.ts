import type { EngineName } from '../../../src/model/engine-name.ts';
import * as connections from './family-connections.ts';
import * as planning from './family-planning.ts';
import * as statistics from './family-statistics.ts';
import * as texts from './family-texts.ts';
import { type FamilyWorld, mariadbPlaces, mysqlPlaces } from './family-world.ts';
import {
  asked,
  type Hazard,
  type HazardCase,
  notApplicable,
  type Place,
  type World,
} from './hazard.ts';
import * as pgConnections from './postgres-connections.ts';
import * as pgFunctions from './postgres-functions.ts';
import * as pgLocks from './postgres-locks.ts';
import * as pgServers from './postgres-servers.ts';
import * as pgTexts from './postgres-texts.ts';
import { type PostgresWorld, postgresPlaces } from './postgres-world.ts';

/** On what an engine's hazards are run. */
interface Worlds {
  postgres: PostgresWorld;
  mysql: FamilyWorld;
  mariadb: FamilyWorld;
}

export type WorldOf<E extends EngineName> = Extract<Worlds[E], World>;

export const places: { [E in EngineName]: readonly Place<WorldOf<E>>[] } = {
  postgres: postgresPlaces,
  mysql: mysqlPlaces,
  mariadb: mariadbPlaces,
};

/**
 * Every hazard that one engine was asked is due for each: a test, or why it cannot happen there.
 */
const table = {
  'code of others, run while planning': {
    postgres: asked(...pgFunctions.functionsOfOthers, pgFunctions.allowedWrites, pgFunctions.fails),
    mysql: asked(planning.viewWrites),
    mariadb: asked(planning.viewWrites),
  },
  'slow planning': {
    postgres: asked(pgFunctions.sleeps),
    mysql: asked(
      planning.viewSleeps,
      planning.longSearch,
      planning.derivedTable,
      planning.valueOfQuery,
      planning.richWrite,
    ),
    mariadb: asked(planning.viewSleeps, planning.longSearch),
  },
  'a swallowed cancel': {
    postgres: asked(pgFunctions.swallowsCancel),
    mysql: asked(planning.swallowsCancel),
    mariadb: asked(planning.swallowsCancel),
  },
  'a hostile statement among those sent with it': {
    postgres: asked(pgFunctions.amongOthers, pgFunctions.manyTogether),
    mysql: notApplicable('each answer is waited for before the next statement is sent'),
    mariadb: notApplicable('each answer is waited for before the next statement is sent'),
  },
  'waiting DDL': {
    postgres: asked(pgLocks.waitedFor, pgLocks.behindAlter),
    mysql: asked(planning.waitedFor),
    mariadb: asked(planning.waitedFor),
  },
  'a lock that is held': {
    postgres: asked(pgLocks.held, pgLocks.lockedRows, pgLocks.catalogHeld, pgFunctions.locks),
    mysql: asked(planning.tableLocked),
    mariadb: asked(planning.tableLocked),
  },
  'locks on rows': {
    postgres: notApplicable('planning locks relations; rows are locked by running a statement'),
    mysql: asked(planning.insertSelect),
    mariadb: notApplicable('writes are never sent to be planned, and a SELECT locks no row'),
  },
  'thousands of partitions': {
    postgres: asked(pgLocks.partitions, pgLocks.calledUnnamed, pgLocks.tooLarge),
    mysql: notApplicable('a table has one metadata lock, however many partitions it has'),
    mariadb: notApplicable('a table has one metadata lock, however many partitions it has'),
  },
  'texts that are too long, or not one statement': {
    postgres: asked(pgTexts.hugeText, pgTexts.strangeTexts),
    mysql: asked(texts.cutText),
    mariadb: asked(texts.cutText),
  },
  'missing rights': {
    postgres: asked(pgTexts.noRights),
    mysql: asked(texts.noRights),
    mariadb: asked(texts.noRights),
  },
  'a dropped table': {
    postgres: asked(pgTexts.droppedTable),
    mysql: asked(texts.droppedTable),
    mariadb: asked(texts.droppedTable),
  },
  'names in several schemas': {
    postgres: asked(pgTexts.severalSchemas),
    mysql: notApplicable('a digest is kept with the one database that its names are of'),
    mariadb: notApplicable('a digest is kept with the one database that its names are of'),
  },
  'row-level security': {
    postgres: asked(pgTexts.rowSecurity),
    mysql: notApplicable('it has none: who may read a table reads all of its rows'),
    mariadb: notApplicable('it has none: who may read a table reads all of its rows'),
  },
  'a thousand EXPLAINs': {
    postgres: asked(pgTexts.noEntry, pgTexts.noValue),
    mysql: asked(texts.noDigest),
    mariadb: asked(texts.noDigest),
  },
  'a proxy or pooler': {
    postgres: asked(pgConnections.pooler),
    mysql: asked(connections.pooler),
    mariadb: asked(connections.pooler),
  },
  'two servers behind one address': {
    postgres: asked(pgConnections.severalServers),
    mysql: asked(connections.severalServers),
    mariadb: asked(connections.severalServers),
  },
  'a silent network': {
    postgres: asked(pgConnections.silent, pgConnections.standsStill),
    mysql: asked(connections.silent),
    mariadb: asked(connections.silent),
  },
  'connections killed in mid-cycle': {
    postgres: asked(pgConnections.lost),
    mysql: asked(connections.lost, connections.killedAtWork),
    mariadb: asked(connections.lost, connections.killedAtWork),
  },
  'a server that crashes and restarts': {
    postgres: asked(pgConnections.crash, pgFunctions.crashes, pgFunctions.crashesBeside),
    mysql: asked(connections.crash, connections.crashesAtWork),
    mariadb: asked(connections.crash, connections.crashesAtWork),
  },
  'a connection limit': {
    postgres: asked(pgConnections.slots, pgConnections.reserved, pgConnections.limitedDatabase),
    mysql: asked(connections.accountLimit),
    mariadb: asked(connections.accountLimit),
  },
  'a changed password': {
    postgres: asked(pgConnections.password),
    mysql: asked(connections.password),
    mariadb: asked(connections.password),
  },
  'another product than the spec names': {
    postgres: asked(pgConnections.otherProduct),
    mysql: asked(connections.otherProduct),
    mariadb: asked(connections.otherProduct),
  },
  'an emergency stop': {
    postgres: asked(pgLocks.emergencyStop),
    mysql: asked(planning.emergencyStop),
    mariadb: asked(planning.emergencyStop),
  },
  'a read-only server': {
    postgres: asked(pgConnections.readOnly),
    mysql: asked(connections.readOnly),
    mariadb: asked(connections.readOnly),
  },
  'a login that writes': {
    postgres: asked(pgServers.loginTrigger),
    mysql: asked(connections.writesAtLogin),
    mariadb: asked(connections.writesAtLogin),
  },
  'statistics that are missing, full or old': {
    postgres: asked(pgServers.noExtension, pgServers.oldExtension, pgServers.noRoom),
    mysql: asked(statistics.digestsFull, statistics.noDigestText, statistics.performanceSchemaOff),
    mariadb: asked(statistics.noDigests, statistics.noDigestText, statistics.performanceSchemaOff),
  },
  'statistics that were reset': {
    postgres: asked(pgServers.statisticsReset, pgServers.cameBack),
    mysql: asked(statistics.statisticsReset),
    mariadb: asked(statistics.statisticsReset),
  },
} satisfies Record<string, { [E in EngineName]: Hazard<WorldOf<E>> }>;

export type HazardName = keyof typeof table;
export const hazards: Record<HazardName, { [E in EngineName]: Hazard<WorldOf<E>> }> = table;

/** What only servers of this engine can do, or tell. */
export const ownHazards: { [E in EngineName]: readonly HazardCase<WorldOf<E>>[] } = {
  postgres: [
    pgTexts.hugePlan,
    pgServers.silentForeign,
    pgServers.noTemporaryFiles,
    pgServers.damagedCatalog,
    pgServers.lostFile,
    pgServers.loginRefused,
    pgServers.loginRefusedInWords,
    pgServers.loginWaits,
    pgServers.oneAmongOthers,
    pgServers.oneUnread,
    pgServers.settingsOfRole,
    pgServers.viewsForbidden,
    pgServers.serializable,
    pgServers.settingsOfDatabase,
    pgServers.quotedNames,
  ],
  mysql: [texts.otherType, texts.serverLimit, connections.strangeLogin],
  mariadb: [
    texts.otherType,
    texts.serverLimit,
    connections.strangeLogin,
    statistics.noTemporaryFiles,
  ],
};
