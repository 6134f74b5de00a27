import type { YamlPlace } from './yaml-place.ts';

/** What the schema of a manifest has to offer at a place. Pure. */
export interface JsonSchema {
  type?: string | readonly string[];
  description?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  required?: readonly string[];
}

export interface Offer {
  word: string;
  /** What is written: a key with its colon. */
  apply: string;
  detail: string;
  info: string;
  required: boolean;
}

export function offersAt(schema: JsonSchema, place: YamlPlace): Offer[] {
  const parents = place.path.reduce(
    (schemas: JsonSchema[], key) => schemas.flatMap((each) => below(each, key)),
    [schema],
  );
  if (place.key !== undefined) {
    const of = parents.flatMap((each) => below(each, place.key as string));
    return valuesOf(of).map((word) => ({ ...offer(word, word, of[0]), required: false }));
  }
  return parents.flatMap(parts).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties)
      .filter(([name]) => !place.siblings.has(name))
      .map(([name, of]) => ({
        ...offer(name, isNested(of) ? `${name}:` : `${name}: `, of),
        required: required.includes(name),
      })),
  );
}

const offer = (word: string, apply: string, of: JsonSchema | undefined) => ({
  word,
  apply,
  detail: detailOf(of),
  info: of?.description ?? '',
});

/** A schema, and those that it is put together of. */
function parts(schema: JsonSchema): JsonSchema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(parts)];
}

const below = (schema: JsonSchema, key: string): JsonSchema[] =>
  parts(schema).flatMap(({ properties, items, additionalProperties }) => {
    if (key === '[]') return items ? [items] : [];
    const named = properties?.[key];
    if (named) return [named];
    return typeof additionalProperties === 'object' ? [additionalProperties] : [];
  });

const valuesOf = (schemas: readonly JsonSchema[]): string[] => [
  ...new Set(
    schemas
      .flatMap(parts)
      .flatMap(({ enum: values = [], const: only, type }) => [
        ...values.map(String),
        ...(only === undefined ? [] : [String(only)]),
        ...(type === 'boolean' ? ['true', 'false'] : []),
      ]),
  ),
];

const isNested = (schema: JsonSchema) =>
  parts(schema).some(({ properties, items }) => properties !== undefined || items !== undefined);

function detailOf(schema: JsonSchema | undefined): string {
  if (!schema) return '';
  const values = valuesOf([schema]);
  const type = values.length ? values.join(' | ') : [schema.type ?? ''].flat().join(' | ');
  return schema.default === undefined ? type : `${type} = ${JSON.stringify(schema.default)}`;
}
