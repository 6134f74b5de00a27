import { expect, it } from 'vitest';
import { openApi } from '../support/api.ts';

/**
 * What the API says of itself, from which the pages take their types: every answer has a schema,
 * and nothing in one may be anything at all.
 */
type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** Paths of what says nothing of a value: no type, or an object of no known fields. */
function loose(schema: unknown, at: string): string[] {
  if (!isSchema(schema)) return [`${at}: ${JSON.stringify(schema)}`];
  const { $ref, type, properties, additionalProperties, items, prefixItems } = schema;
  if ($ref !== undefined || schema['const'] !== undefined || schema['enum']) return [];
  const several = ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    Array.isArray(schema[key]) ? schema[key].map((each, i) => [each, `${at}|${i}`] as const) : [],
  );
  if (several.length) return several.flatMap(([each, place]) => loose(each, place));
  if (type === 'object') {
    const fields = Object.entries(properties ?? {});
    const values = isSchema(additionalProperties) ? loose(additionalProperties, `${at}.*`) : [];
    const isOpen = additionalProperties === true;
    return [
      ...(isOpen || (fields.length === 0 && additionalProperties === undefined) ? [at] : []),
      ...values,
      ...fields.flatMap(([name, each]) => loose(each, `${at}.${name}`)),
    ];
  }
  if (type === 'array') {
    const places = Array.isArray(prefixItems) ? prefixItems : [items];
    return places.flatMap((each, i) => loose(each, `${at}[${i}]`));
  }
  return type === undefined ? [at] : [];
}

/** Every schema of the document: of answers, of what is asked, and those with a name. */
async function schemas(): Promise<[string, unknown][]> {
  const api = await openApi([]);
  const { body } = await api.ask('GET', '/api/v1/openapi.json');
  await api.close();
  const found: [string, unknown][] = [];
  const { paths, components } = body as { paths: Schema; components: { schemas: Schema } };
  for (const [name, each] of Object.entries(components.schemas)) found.push([name, each]);
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods as Schema)) {
      const { responses, requestBody, parameters } = operation as Schema;
      const bodies = { ...(responses as Schema), ...(requestBody ? { body: requestBody } : {}) };
      for (const [status, answer] of Object.entries(bodies)) {
        const { content } = answer as { content?: Schema };
        if (!content) found.push([`${method} ${path} ${status}`, {}]);
        for (const [type, { schema }] of Object.entries(content ?? {}) as [string, Schema][])
          found.push([`${method} ${path} ${status} ${type}`, schema]);
      }
      for (const { name, schema } of (parameters as Schema[]) ?? [])
        found.push([`${method} ${path} ?${name}`, schema]);
    }
  return found;
}

it('no answer and no question is loose', async () => {
  const all = await schemas();
  expect(all.length).toBeGreaterThan(60);
  expect(all.flatMap(([name, schema]) => loose(schema, name))).toEqual([]);
});
it('the walk finds what is', () => {
  const object = (properties: Schema, more: Schema = {}) => ({
    type: 'object',
    properties,
    ...more,
  });
  for (const each of [
    {},
    { type: 'object' },
    object({ a: {} }),
    object({ a: { type: 'string' } }, { additionalProperties: {} }),
    object({ a: { type: 'array', items: {} } }),
    { anyOf: [{ type: 'string' }, {}] },
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'object' }] },
  ])
    expect(loose(each, 'x')).toHaveLength(1);
  expect(loose({ type: 'object', additionalProperties: { type: 'number' } }, 'x')).toEqual([]);
});
