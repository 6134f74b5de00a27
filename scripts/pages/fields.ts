import * as z from 'zod';
import { apiVersion, type Kind } from '../../src/resources/kind.ts';
import { code, page, table, wrap } from './markdown.ts';

/** docs/databasetarget.md and the like: every field of a kind, read out of its schema. */
interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  'x-kubernetes-validations'?: { message: string }[];
}

export interface Field {
  /** `spec.safety.lockTimeout`. */
  path: string;
  /** What may stand there: a type, or the words of a choice. */
  value: string;
  /** `1ms – 5s`; empty where there are no bounds. */
  range: string;
  /** As written in a manifest; undefined where there is none. */
  fallback: string | undefined;
  required: boolean;
  meaning: string;
}

export function fieldsOf({ spec }: Pick<Kind, 'spec'>): Field[] {
  const fields: Field[] = [];
  const walk = ({ properties = {}, required = [] }: JsonSchema, path: string) => {
    for (const [name, field] of Object.entries(properties)) {
      const here = `${path}.${name}`;
      const nested = field.properties ? field : field.items?.properties ? field.items : undefined;
      const isList = field.type === 'array';
      const group = nested !== undefined && !isList;
      fields.push({
        path: here,
        value: group ? '' : valueOf(field),
        range: rangeOf(field),
        fallback: group || field.default === undefined ? undefined : written(field.default),
        required: !group && required.includes(name),
        meaning: field.description ?? '',
      });
      if (nested) walk(nested, isList ? `${here}[]` : here);
    }
  };
  walk(z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any' }) as JsonSchema, 'spec');
  return fields;
}

function valueOf({ enum: choices, type = '', items }: JsonSchema): string {
  if (choices) return choices.join(' | ');
  if (type !== 'array') return type;
  return items?.properties ? 'list' : `list of ${items?.type ?? 'values'}`;
}

/** Bounds of texts (durations, sizes) are rules, each with its sentence. */
function rangeOf(field: JsonSchema): string {
  const said = (bound: string) =>
    field['x-kubernetes-validations']
      ?.map(({ message }) => new RegExp(`^must be at ${bound} (.*)$`).exec(message)?.[1])
      .find((text) => text !== undefined);
  const least = said('least') ?? bounded(field.minimum);
  const most = said('most') ?? bounded(field.maximum);
  if (least && most) return `${least} – ${most}`;
  return least ? `at least ${least}` : most ? `at most ${most}` : '';
}

/** zod bounds every integer by what a double holds: that says nothing. */
const bounded = (value: number | undefined): string | undefined =>
  value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER
    ? undefined
    : value.toLocaleString('en');

const written = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

export const fieldDocs = (kind: Kind): string =>
  page(
    `${kind.kind}, field by field`,
    wrap(
      `\`apiVersion: ${apiVersion}\`. Durations are written \`60s\`, \`100ms\`, \`6h\`; ` +
        'sizes `64Ki`; percentages `0.5%`. Unknown fields are refused. Manifests to copy: ' +
        '[examples](../examples/README.md).',
    ),
    table(
      ['field', 'value', 'default', 'range', ''],
      fieldsOf(kind).map(({ path, value, range, fallback, required, meaning }) => [
        code(path),
        value,
        fallback === undefined ? (required ? 'required' : value && '–') : code(fallback),
        range,
        meaning,
      ]),
    ),
  );
