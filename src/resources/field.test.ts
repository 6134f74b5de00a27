import { expect, it } from 'vitest';
import * as z from 'zod';
import { duration, objectName, percent, ruled, size } from './field.ts';

const why = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => [...path, message].join(': '));

it.each<[string, z.ZodType, unknown, string | undefined]>([
  ['a duration', duration(), '90s', undefined],
  ['days, which CEL does not know', duration(), '1d', 'not a duration such as 60s or 100ms'],
  ['at its bound', duration({ min: '1s', max: '1m' }), '60s', undefined],
  ['below it', duration({ min: '1s' }), '999ms', '"999ms" is below the limit of 1s'],
  ['above it', duration({ max: '1m' }), '2m', '"2m" is above the limit of 1m'],
  ['a size above its bound', size({ max: '1Mi' }), '2Mi', '"2Mi" is above the limit of 1Mi'],
  ['no size', size(), '64kb', 'not a size such as 64Ki'],
  ['a percentage', percent(), '0.5%', undefined],
  ['more than all', percent(), '101%', '"101%" is above 100%'],
  ['a name', objectName(), 'orders-1', undefined],
  ['a name with capitals', objectName(), 'Orders', 'not a Kubernetes name'],
])('%s', (_, schema, value, message) => {
  const found = why(schema, value);
  if (message) expect(found?.join()).toContain(message);
  else expect(found).toBeUndefined();
});

it('a bound is told to the API server as CEL, from the same number', () => {
  expect(z.toJSONSchema(duration({ min: '1s', max: '1m' }))).toMatchObject({
    'x-kubernetes-validations': [
      { rule: "duration(self) >= duration('1s')", message: 'must be at least 1s' },
      { rule: "duration(self) <= duration('1m')", message: 'must be at most 1m' },
    ],
  });
});

it('rules over several fields: every one that does not hold is told, at its place', () => {
  const schema = ruled(
    z.strictObject({ a: z.int(), b: z.int() }),
    { message: 'b before a', cel: 'self.a < self.b', holds: ({ a, b }) => a < b, path: ['b'] },
    { message: 'not both', cel: 'self.a != self.b', holds: ({ a, b }) => a !== b },
  );
  expect(why(schema, { a: 1, b: 1 })).toEqual(['b: b before a', 'not both']);
  expect(why(schema, { a: 1, b: 2 })).toBeUndefined();
  expect(z.toJSONSchema(schema)).toMatchObject({
    'x-kubernetes-validations': [
      { rule: 'self.a < self.b', message: 'b before a' },
      { rule: 'self.a != self.b', message: 'not both' },
    ],
  });
});
