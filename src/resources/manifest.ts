import { apiVersion } from './kind.ts';
import { type KindName, kinds, type Resource } from './kinds/index.ts';
import {
  type Locate,
  type Mistake,
  mistakeLimit,
  mistakesOf,
  shownLength,
  suggest,
} from './mistake.ts';
import { type Judged, readYaml } from './read-yaml.ts';
import { decodeSecret, type SecretValues, secretManifest } from './secret-manifest.ts';
import { fileLimits, type YamlLimits } from './yaml-documents.ts';

/**
 * Reads the manifests of one text: resources of our kinds, and Secrets. Every mistake is found at
 * once, with its line and path; one document's keep no other from being read. Whatever the text, it
 * takes time in proportion to its length.
 */
export interface Manifests {
  resources: Resource[];
  /** Of the documents that are one of our kinds, but wrong; also of those that are no YAML. */
  misread: KindName[];
  secrets: SecretValues[];
  /** In order of line. */
  mistakes: Mistake[];
  /** A limit that ended the reading: what lies behind it is not known. */
  refusal?: string;
}

export function readManifests(text: string, limits: YamlLimits = fileLimits): Manifests {
  const { found, mistakes, unread, refusal } = readYaml(text, limits, judge);
  return {
    resources: found.flatMap((each) => (each.kind === 'resource' ? [each.resource] : [])),
    misread: [
      ...found.flatMap((each) => (each.kind === 'misread' ? [each.name] : [])),
      ...unread.flatMap(kindsNamed),
    ],
    secrets: found.flatMap((each) => (each.kind === 'secret' ? [each.secret] : [])),
    mistakes: firstMistakes(mistakes.toSorted((a, b) => a.line - b.line)),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** What a text says of itself that cannot be read as YAML: which of our kinds it names. */
const kindsNamed = (text: string): KindName[] =>
  kinds
    .map(({ kind }) => kind)
    .filter((kind) => new RegExp(`\\bkind["']?\\s*:\\s*["']?${kind}\\b`).test(text));

function firstMistakes(mistakes: Mistake[]): Mistake[] {
  const next = mistakes[mistakeLimit];
  if (!next) return mistakes;
  const message = `and ${mistakes.length - mistakeLimit} more mistakes`;
  return [...mistakes.slice(0, mistakeLimit), { line: next.line, path: '', message }];
}

type Manifest =
  | { kind: 'resource'; resource: Resource }
  | { kind: 'misread'; name: KindName }
  | { kind: 'secret'; secret: SecretValues };

function judge(value: unknown, locate: Locate): Judged<Manifest> {
  const name = kindOf(value);
  if (name === 'Secret') return judgeSecret(value, locate);
  const kind = kinds.find((each) => each.kind === name);
  if (!kind) return { mistakes: [unknownKind(name, locate)] };
  const parsed = kind.manifest.safeParse(value, { reportInput: true });
  return parsed.success
    ? { found: { kind: 'resource', resource: parsed.data }, mistakes: [] }
    : {
        found: { kind: 'misread', name: kind.kind },
        mistakes: mistakesOf(kind.manifest, parsed.error, locate),
      };
}

const kindOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;

function unknownKind(name: unknown, locate: Locate): Mistake {
  const known = kinds.map(({ kind }) => kind);
  const found =
    typeof name === 'string'
      ? `"${name.slice(0, shownLength)}"${suggest(name, [...known, 'Secret'])}`
      : 'none';
  return {
    line: locate(['kind']),
    path: 'kind',
    message: `expected ${known.join(', ')} (${apiVersion}) or Secret, found ${found}`,
  };
}

const secretMistake = ([field, key]: readonly PropertyKey[]): string => {
  if (key === undefined || (field !== 'data' && field !== 'stringData'))
    return 'not as a Secret has it';
  return field === 'data'
    ? 'not base64: plain text stands below stringData'
    : 'not a text: a password of digits alone, or one like true or null, stands in quotes';
};

/** Of what is wrong only the path is told: the message of a schema could quote the value. */
function judgeSecret(value: unknown, locate: Locate): Judged<Manifest> {
  const parsed = secretManifest.safeParse(value);
  if (parsed.success)
    return { found: { kind: 'secret', secret: decodeSecret(parsed.data) }, mistakes: [] };
  return {
    mistakes: parsed.error.issues.map(({ path }) => ({
      line: locate(path),
      path: path.join('.'),
      message: secretMistake(path),
    })),
  };
}
