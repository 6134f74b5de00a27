import { expect, test } from 'vitest';
import { manifestSchemaOf } from '../../../src/resources/crd.ts';
import { databaseTarget } from '../../../src/resources/kinds/database-target/kind.ts';
import { type JsonSchema, offersAt } from './schema-words.ts';

const schema = manifestSchemaOf(databaseTarget) as JsonSchema;
const words = (path: string[], more: { key?: string; siblings?: string[] } = {}) =>
  offersAt(schema, {
    path,
    word: '',
    siblings: new Set(more.siblings ?? []),
    ...(more.key === undefined ? {} : { key: more.key }),
  });

test('keys that are not there yet, those that must be among them', () => {
  const offers = words(['spec'], { siblings: ['engine'] });
  const connection = offers.find(({ word }) => word === 'connection');
  expect(connection).toMatchObject({ apply: 'connection:', required: true });
  expect(offers.map(({ word }) => word)).not.toContain('engine');
});

test('values of a closed set', () => {
  expect(words(['spec'], { key: 'engine' }).map(({ word }) => word)).toEqual([
    'postgres',
    'mysql',
    'mariadb',
  ]);
  expect(words(['spec'], { key: 'suspend' }).map(({ word }) => word)).toEqual(['true', 'false']);
});

test('what is in entries of lists', () => {
  const found = words(['spec', 'collection', 'blackouts', '[]']).map(({ word }) => word);
  expect(found).toContain('start');
});

test('nothing where the schema has nothing', () => {
  expect(words(['spec', 'nowhere'])).toEqual([]);
});
