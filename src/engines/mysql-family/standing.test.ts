import { expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import { mariadb } from '../mariadb/variant.ts';
import { mysql } from '../mysql/variant.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { channelsSql, readSources } from './replica-sources.ts';
import { galeraSql, readStanding } from './standing.ts';

const rowsOf = (named: Record<string, string>): Row[] =>
  Object.entries(named).map(([name, value]) => ({ Variable_name: name, Value: value }));
const library = '/usr/lib/galera/libgalera_smm.so';

it.each([
  ['MySQL has no such variables', {}, {}, false],
  ['MariaDB without a cluster', { wsrep_on: 'OFF', wsrep_provider: 'none' }, {}, false],
  ['a fork of MySQL without a library', { wsrep_on: 'ON', wsrep_provider: 'none' }, {}, false],
  ['a member', { wsrep_on: 'ON', wsrep_provider: library }, {}, true],
  [
    'a member that keeps its own writes to itself',
    { wsrep_on: 'OFF', wsrep_provider: library },
    { wsrep_connected: 'ON' },
    true,
  ],
  [
    'one whose cluster is turned off',
    { wsrep_on: 'OFF', wsrep_provider: library },
    { wsrep_connected: 'OFF' },
    false,
  ],
])('%s', async (_, variables, status, clustered) => {
  const control = answering({
    [galeraSql.variables]: rowsOf(variables),
    [galeraSql.status]: rowsOf(status),
  });
  expect(await readStanding(control, mariadb, 1_000)).toMatchObject({ clustered });
});

const answering = (answers: Record<string, Row[]>) =>
  ({ query: async (sql: string) => answers[sql] ?? [] }) as unknown as Connection;
const { sourcesSql, primariesSql = '' } = mysql.indexes;

it('a group with one primary is no cluster, one with several is', async () => {
  const members = (n: number) => Array.from({ length: n }, (_, i) => ({ member: `m${i}` }));
  const read = (primaries: number, sources: number) =>
    readStanding(
      answering({ [primariesSql]: members(primaries), [sourcesSql]: members(sources) }),
      mysql,
      1_000,
    );
  expect(await read(0, 0)).toEqual({ clustered: false, replica: false });
  expect(await read(1, 0)).toEqual({ clustered: false, replica: false });
  expect(await read(1, 1)).toEqual({ clustered: false, replica: true });
  expect(await read(3, 0)).toEqual({ clustered: true, replica: false });
});

it('who replicates is told by either way that is let', async () => {
  const told = (own: Row[] | 'denied', channels: Row[] | 'denied') => {
    const answers = { [mariadb.indexes.sourcesSql]: own, [channelsSql]: channels };
    const query = async (sql: string) => {
      const answer = answers[sql] ?? [];
      if (answer === 'denied') throw new AppError('insufficient_privilege', 'denied');
      return answer;
    };
    return readSources({ query }, mariadb, 1_000);
  };
  expect(await told([], 'denied')).toEqual({ replica: false, grouped: false });
  expect(await told([{ Connection_name: 'main' }], [])).toMatchObject({ replica: true });
  expect(await told('denied', [{ sources: '0' }])).toMatchObject({ replica: false });
  expect(await told('denied', [{ sources: '1' }])).toMatchObject({ replica: true });
  // performance_schema is off.
  expect(await told('denied', [{ sources: null }])).toBeUndefined();
  expect(await told('denied', 'denied')).toBeUndefined();
});

it('one that is alone in its group replicates from nobody, and is in it', async () => {
  const control = answering({
    [sourcesSql]: [{ source: 'group_replication_applier', of_group: '1' }],
  });
  expect(await readSources(control, mysql, 1_000)).toEqual({ replica: false, grouped: true });
});
