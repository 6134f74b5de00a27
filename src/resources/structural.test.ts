import { expect, it } from 'vitest';
import { structural } from './structural.ts';

it('keeps what a CustomResourceDefinition has, at every depth', () => {
  const schema = {
    type: 'object',
    properties: { list: { type: 'array', items: { type: 'string', pattern: '^a$' } } },
    additionalProperties: false,
  };
  expect(structural({ ...schema, $schema: 'http://json-schema.org' })).toEqual({
    type: 'object',
    properties: { list: { type: 'array', items: { type: 'string', pattern: '^a$' } } },
  });
});

it('a map keeps what its values are', () => {
  const map = { type: 'object', additionalProperties: { type: 'string', maxLength: 5 } };
  expect(structural(map)).toEqual(map);
});

it.each([
  [{ anyOf: [] }, '"anyOf" has no structural form'],
  [{ properties: { a: { oneOf: [] } } }, '"oneOf" has no structural form'],
  [{ type: 'string', pattern: '^(?!a)' }, 'no look-around'],
])('%o is no CRD', (schema, message) => {
  expect(() => structural(schema)).toThrow(message);
});

it('what may be anything says so: the API server would prune it', () => {
  expect(structural({ description: 'as it is' })).toEqual({
    description: 'as it is',
    'x-kubernetes-preserve-unknown-fields': true,
  });
});
