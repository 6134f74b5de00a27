import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';

/** What is wrong in a manifest, as the person who wrote it is told. */
export interface Mistake {
  /** 1-based. */
  line: number;
  /** `spec.collection.intervall`; empty for the document as a whole. */
  path: string;
  message: string;
}

/** The line on which the value of a path begins. */
export type Locate = (path: readonly PropertyKey[]) => number;

/** A hundred mistakes are enough to begin with. */
export const mistakeLimit = 100;

/** Of what someone wrote, as much as a line of a terminal takes. */
export const shownLength = 80;

/** What `schema` has against a value. */
export const mistakesOf = (schema: z.ZodType, error: z.ZodError, locate: Locate): Mistake[] =>
  error.issues.flatMap((issue) => mistakesIn(schema, issue, locate));

function mistakesIn(schema: z.ZodType, issue: z.core.$ZodIssue, locate: Locate): Mistake[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ line: locate(issue.path), path: issue.path.join('.'), message: describe(issue) }];
  const known = fieldsAt(schema, issue.path);
  return issue.keys.slice(0, mistakeLimit).map((key) => {
    const path = [...issue.path, key];
    return {
      line: locate(path),
      path: path.join('.').slice(0, 2 * shownLength),
      message: `unknown field${suggest(key, known)}`,
    };
  });
}

/** `; did you mean "interval"?` where a known word is near. */
export function suggest(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  return meant ? `; did you mean "${meant}"?` : '';
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/** The fields that the schema knows at a path of a manifest. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: JsonSchema | undefined = {
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }),
  } as JsonSchema;
  for (const key of path)
    node = typeof key === 'number' ? node?.items : node?.properties?.[String(key)];
  return Object.keys(node?.properties ?? {});
}

function describe(issue: z.core.$ZodIssue): string {
  const missing = issue.input === undefined && issue.code !== 'custom';
  switch (issue.code) {
    case 'invalid_type':
      return missing ? 'required' : `expected ${issue.expected}, found ${typeName(issue.input)}`;
    case 'invalid_value':
      return missing
        ? `required: ${issue.values.join(' | ')}`
        : `${shown(issue.input)} is not one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    default:
      return issue.message;
  }
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'nothing' : typeof value;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return JSON.stringify(value).slice(0, shownLength);
}
