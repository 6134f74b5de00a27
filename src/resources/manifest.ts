import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml';
import { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import {
  apiVersion,
  type DatabaseTargetResource,
  databaseTarget,
  objectSchemaAt,
} from './kinds/database-target/spec.ts';
import {
  type DocumentText,
  fileLimits,
  splitDocuments,
  type YamlLimits,
} from './yaml-documents.ts';

/**
 * Reads the manifests of one text: targets and Secrets. Every mistake is found at once, with its
 * line and path; one document's keep no other from being read. Whatever the text, it takes time in
 * proportion to its length.
 */
export interface Mistake {
  /** 1-based. */
  line: number;
  /** `spec.collection.intervall`; empty for the document as a whole. */
  path: string;
  message: string;
}

export interface SecretManifest {
  namespace: string;
  name: string;
  /** Decoded. Lives in memory only. */
  values: Record<string, string>;
}

export interface Manifests {
  targets: DatabaseTargetResource[];
  secrets: SecretManifest[];
  mistakes: Mistake[];
  /** A limit that ended the reading: what lies behind it is not known. */
  refusal?: string;
}

const secret = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: z.object({ name: z.string().min(1), namespace: z.string().min(1).default('default') }),
  type: z.string().optional(),
  data: z.record(z.string(), z.base64()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
});

/** A hundred mistakes are enough to begin with. */
const mistakeLimit = 100;
/** A bomb is made of aliases of aliases. */
const aliasLimit = 100;

export function readManifests(text: string, limits: YamlLimits = fileLimits): Manifests {
  const out: Manifests = { targets: [], secrets: [], mistakes: [] };
  const { documents, refusal } = splitDocuments(text, limits);
  if (refusal) refuse(out, documents.length ? text.split('\n').length : 1, refusal);
  for (const document of documents) readText(document, out);
  out.mistakes.sort((a, b) => a.line - b.line);
  const more = out.mistakes.length - mistakeLimit;
  if (more > 0)
    out.mistakes.splice(mistakeLimit, more, {
      line: out.mistakes[mistakeLimit]?.line ?? 1,
      path: '',
      message: `and ${more} more mistakes`,
    });
  return out;
}

function refuse(out: Manifests, line: number, refusal: string): void {
  out.refusal ??= refusal;
  out.mistakes.push({ line, path: '', message: refusal });
}

function readText({ text, linesBefore, refusal }: DocumentText, out: Manifests): void {
  const lines = new LineCounter();
  const lineAt = (offset: number) => linesBefore + (lines.linePos(offset).line || 1);
  if (refusal) return refuse(out, linesBefore + 1, refusal);
  // Keys that stand there twice are looked for below: the parser compares each with all others.
  for (const document of parseAllDocuments(text, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
  })) {
    if (!('errors' in document)) continue;
    for (const error of document.errors.slice(0, mistakeLimit))
      out.mistakes.push({
        line: lineAt(error.pos[0]),
        path: '',
        message: error.message.split('\n')[0] ?? 'not YAML',
      });
    if (document.errors.length === 0 && document.contents !== null)
      readSoundly(document as Document, lineAt, out);
  }
}

/** What no check foresees is a mistake of the document, too, and of nothing else. */
function readSoundly(document: Document, lineAt: (offset: number) => number, out: Manifests): void {
  const found = out.mistakes.length;
  try {
    findTraps(document, lineAt, out);
    if (out.mistakes.length === found) readDocument(document, lineAt, out);
  } catch (error) {
    const line = lineAt(document.contents?.range?.[0] ?? 0);
    if (error instanceof ReferenceError)
      return refuse(out, line, 'aliases that stand for more than a manifest holds'); // the parser's own limit
    const deep = error instanceof RangeError ? 'nested too deeply' : 'cannot be read';
    out.mistakes.push({ line, path: '', message: deep });
  }
}

/** Keys twice in one map, aliases of nothing, and so many aliases that they could be a bomb. */
function findTraps(document: Document, lineAt: (offset: number) => number, out: Manifests): void {
  const anchors = new Set<string>();
  let aliases = 0;
  const mistake = (node: { range?: readonly number[] | null }, message: string) =>
    out.mistakes.push({ line: lineAt(node.range?.[0] ?? 0), path: '', message });
  visit(document, (_, node) => {
    if (isAlias(node)) {
      aliases += 1;
      if (!anchors.has(node.source))
        mistake(node, `there is no anchor before it for the alias *${node.source.slice(0, 64)}`);
      if (aliases !== aliasLimit + 1) return undefined;
      refuse(out, lineAt(node.range?.[0] ?? 0), `more than ${aliasLimit} aliases`);
      return visit.BREAK;
    }
    if (typeof node !== 'object' || node === null) return undefined;
    const { anchor } = node as { anchor?: string };
    if (anchor) anchors.add(anchor);
    if (isMap(node)) {
      const keys = new Set<unknown>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value) && key.value !== '<<') mistake(key, 'keys must be unique');
        keys.add(key.value);
      }
    }
    return undefined;
  });
}

function readDocument(
  document: Document,
  lineAt: (offset: number) => number,
  out: Manifests,
): void {
  const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
  const kind = (value as { kind?: unknown } | null)?.kind;
  const locate = (path: readonly PropertyKey[]) => lineAt(offsetOf(document, path));
  if (kind === 'Secret') {
    const parsed = secret.safeParse(value);
    if (parsed.success) out.secrets.push(decodeSecret(parsed.data));
    // Only the path is told: the message of a schema could quote the value.
    else
      out.mistakes.push(
        ...parsed.error.issues.map(({ path }) => ({
          line: locate(path),
          path: path.join('.'),
          message: 'not as a Secret has it',
        })),
      );
    return;
  }
  if (kind !== 'DatabaseTarget') {
    out.mistakes.push({
      line: locate(['kind']),
      path: 'kind',
      message: `expected DatabaseTarget (${apiVersion}) or Secret, found ${typeof kind === 'string' ? `"${kind.slice(0, shownLength)}"` : 'none'}`,
    });
    return;
  }
  const parsed = databaseTarget.safeParse(value, { reportInput: true });
  if (parsed.success) out.targets.push(parsed.data);
  else out.mistakes.push(...parsed.error.issues.flatMap((issue) => toMistakes(issue, locate)));
}

const decodeSecret = ({
  metadata,
  data = {},
  stringData = {},
}: z.infer<typeof secret>): SecretManifest => ({
  namespace: metadata.namespace,
  name: metadata.name,
  values: {
    ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decodeBase64(value)])),
    ...stringData,
  },
});

const decodeBase64 = (text: string) =>
  new TextDecoder().decode(
    Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0),
  );

function toMistakes(
  issue: z.core.$ZodIssue,
  locate: (path: readonly PropertyKey[]) => number,
): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(objectSchemaAt(issue.path) ?? {});
    return issue.keys.slice(0, mistakeLimit).map((key) => {
      const meant = didYouMean(key, known);
      const path = [...issue.path, key];
      return {
        line: locate(path),
        path: path.join('.').slice(0, 2 * shownLength),
        message: meant ? `unknown field; did you mean "${meant}"?` : 'unknown field',
      };
    });
  }
  return [{ line: locate(issue.path), path: issue.path.join('.'), message: describeIssue(issue) }];
}

/** Of what someone wrote, as much as a line of a terminal takes. */
const shownLength = 80;
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'a list'
      : 'a map'
    : JSON.stringify(value).slice(0, shownLength);

function describeIssue(issue: z.core.$ZodIssue): string {
  const missing = issue.input === undefined && issue.code !== 'custom';
  switch (issue.code) {
    case 'invalid_type':
      return missing
        ? 'required'
        : `expected ${issue.expected}, found ${Array.isArray(issue.input) ? 'a list' : issue.input === null ? 'nothing' : typeof issue.input}`;
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

/** Where the value of `path` begins; of what is missing, where its nearest parent does. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent: unknown =
      depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item: Pair) => (isScalar(item.key) ? item.key.value : item.key) === key,
      );
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    } else {
      const node = document.getIn(path.slice(0, depth), true) as
        | { range?: [number, number, number] }
        | undefined;
      if (node?.range) return node.range[0];
    }
  }
  return document.contents?.range?.[0] ?? 0;
}
