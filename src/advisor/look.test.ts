import { expect, it } from 'vitest';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { Session } from '../engines/engine.ts';
import type { WorldExport } from '../model/world.ts';
import { lookAtAll, mostListed } from './look.ts';

const wanted = ['a', 'b'].map((database) => ({ database, relations: [], roles: [] }));
const fails = (code: Code) => Promise.reject(new AppError(code, 'no'));
const session = (over: Partial<Session>) =>
  ({
    server: { version: '18', role: 'primary', id: '7' },
    exportWorld: async ({ database }: { database: string }) =>
      ({ database, extended: [] }) as unknown as WorldExport,
    indexCatalog: async () => [],
    ...over,
  }) as unknown as Session;
const look = async (over: Partial<Session>) => {
  const { worlds, listed, ...rest } = await lookAtAll(session(over), wanted, { values: 'none' });
  return {
    ...rest,
    worlds: worlds.map(({ database }) => database),
    listed: listed.map(({ database }) => database),
  };
};

it('takes worlds of the statements, and indexes of all that may be entered', async () => {
  const databases = ['b', 'z'];
  expect(await look({ surroundings: async () => ({ databases, replicas: 2 }) })).toEqual({
    worlds: ['a', 'b'],
    listed: ['a', 'b', 'z'],
    server: { role: 'primary', id: '7', replicas: 2 },
    unseen: [],
  });
  expect((await look({})).server).toEqual({ role: 'primary', id: '7' });
  const many = Array.from({ length: 99 }, (_, i) => `d${i}`);
  const { listed } = await look({ surroundings: async () => ({ databases: many }) });
  expect(listed).toHaveLength(mostListed);
});
it('goes on where one database does not answer, and tells of it', async () => {
  const slow = { exportWorld: () => fails('statement_timeout') };
  expect(await look(slow)).toMatchObject({
    worlds: [],
    listed: ['a', 'b'],
    unseen: [
      { kind: 'plans', database: 'a', code: 'statement_timeout' },
      { kind: 'plans', database: 'b', code: 'statement_timeout' },
    ],
  });
  const closed = {
    indexCatalog: async (database: string) =>
      database === 'a' ? fails('insufficient_privilege') : [],
  };
  expect(await look(closed)).toMatchObject({
    worlds: ['a', 'b'],
    listed: ['b'],
    unseen: [{ kind: 'indexes', database: 'a', code: 'insufficient_privilege' }],
  });
});
it('ends where the server is gone', async () => {
  await expect(look({ indexCatalog: () => fails('connection_failed') })).rejects.toMatchObject({
    code: 'connection_failed',
  });
});
it('counts statistics that are not shown', async () => {
  const extended = [{ distinct: { own: '00' } }, {}, {}];
  const exportWorld = async () => ({ database: 'a', extended }) as unknown as WorldExport;
  expect((await look({ exportWorld })).unseen).toContainEqual({
    kind: 'extended-statistics',
    database: 'a',
    count: 2,
  });
});
