import { tokenize } from '../../dialects/postgres/lexer.ts';
import type { Plan } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { type ParsedStatement, parseRewritten, parseStatement } from './parse.ts';
import { qualify, saysSo } from './qualify.ts';
import { makeTemplate, type Template } from './repair.ts';
import type { KnownStatement } from './statement-cache.ts';
import type { Doubts, TrustedNames } from './trust.ts';

/**
 * Planning with our own rights: the text that is sent instead of production's, and what its answer
 * means.
 */
export type DirectText = {
  kind: 'text';
  template: Template;
  sample?: string;
  searchPath: string[];
  runs?: boolean;
};

const unwritable = refused(
  'not_explainable_statement',
  'a name is written in a way that cannot be qualified',
);

/**
 * The statement with every name that the closed path would not find qualified. `sample`: the same
 * statement seen running; left out where its names differ.
 */
export function directText(
  known: KnownStatement,
  { schemas, searchPath, runs }: TrustedNames,
  sample: string | undefined,
): DirectText | Refusal {
  const { text, parsed } = known;
  if (text === undefined || !parsed) return unwritable;
  const key = schemas.map((schema) => schema ?? '').join('\0');
  if (known.qualified.key !== key)
    Object.assign(known.qualified, { key, template: qualifiedTemplate(known, schemas) });
  const { template } = known.qualified;
  if (!template) return unwritable;
  const running = sample === undefined ? undefined : qualifiedSample(sample, parsed, schemas);
  return {
    kind: 'text',
    template,
    searchPath,
    ...(runs ? { runs } : {}),
    ...(running === undefined ? {} : { sample: running }),
  };
}

/** Parsed anew: it must say of each name what was decided, and its parameters have moved. */
function qualifiedTemplate(
  { text = '', parsed, template }: KnownStatement,
  schemas: readonly (string | undefined)[],
): Template | undefined {
  if (schemas.every((schema) => schema === undefined)) return template;
  const sites = parsed?.sites ?? [];
  const written = qualify(text, sites, schemas);
  if (written === undefined) return undefined;
  const tokens = tokenize(written);
  const read = parseRewritten(written, tokens);
  if (read.kind === 'refused' || !saysSo(read.sites, sites, schemas)) return undefined;
  return makeTemplate(written, read, tokens);
}

function qualifiedSample(
  sample: string,
  known: ParsedStatement,
  schemas: readonly (string | undefined)[],
): string | undefined {
  const parsed = parseStatement(sample, Number.POSITIVE_INFINITY);
  if (parsed.kind === 'refused' || !saysSo(parsed.sites, known.sites, [])) return undefined;
  if (parsed.identifiers.some((name) => !known.identifiers.includes(name))) return undefined;
  return qualify(sample, parsed.sites, schemas);
}

/**
 * What the server says when it finds no function, operator, column, type, relation or schema by a
 * name, or cannot choose among those it finds.
 */
const notFound = /42883|42725|42703|42809|42704|42P01|3F000/;

export const isNotFound = (answer: { kind: 'explained'; plan: Plan } | Refusal): boolean =>
  answer.kind === 'refused' &&
  (answer.detail === undefined
    ? answer.code === 'parameter_type_unknown'
    : notFound.test(answer.detail));

/** An answer that is not production's, because production's runs what we do not. */
export function refusedFor(
  answer: { kind: 'explained'; plan: Plan } | Refusal,
  { missing, other }: Doubts,
): Refusal | undefined {
  const detail =
    answer.kind === 'refused'
      ? isNotFound(answer)
        ? missing
        : undefined
      : isOther(answer.plan)
        ? other
        : undefined;
  return detail === undefined ? undefined : refused('untrusted_function', detail);
}

const isOther = ({ lossiness }: Plan) =>
  lossiness.includes('typing_unverified') || lossiness.includes('identifier_differs');
