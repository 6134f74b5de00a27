import { type Document, isMap, isScalar, LineCounter, type Pair, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { apiVersion, type DatabaseTargetResource, databaseTarget, objectSchemaAt } from './database-target.ts';
import { didYouMean } from './did-you-mean.ts';

/** Reads the manifests of one text: targets and Secrets. Every mistake is found at once, with its line and path. */
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
}

const secret = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: z.object({ name: z.string().min(1), namespace: z.string().min(1).default('default') }),
  type: z.string().optional(),
  data: z.record(z.string(), z.base64()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
});

const sizeLimit = 4 * 1_048_576;

export function readManifests(text: string): Manifests {
  const out: Manifests = { targets: [], secrets: [], mistakes: [] };
  if (text.length > sizeLimit) return { ...out, mistakes: [{ line: 1, path: '', message: `larger than ${sizeLimit} characters` }] };
  const lines = new LineCounter();
  for (const document of parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })) {
    if (!('errors' in document)) continue;
    const lineAt = (offset: number) => lines.linePos(offset).line || 1;
    for (const error of document.errors)
      out.mistakes.push({
        line: lineAt(error.pos[0]),
        path: '',
        message: error.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? 'not YAML',
      });
    if (document.errors.length === 0 && document.contents !== null) readDocument(document as Document, lineAt, out);
  }
  out.mistakes.sort((a, b) => a.line - b.line);
  return out;
}

function readDocument(document: Document, lineAt: (offset: number) => number, out: Manifests): void {
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const kind = (value as { kind?: unknown } | null)?.kind;
  const locate = (path: readonly PropertyKey[]) => lineAt(offsetOf(document, path));
  if (kind === 'Secret') {
    const parsed = secret.safeParse(value);
    if (parsed.success) out.secrets.push(decodeSecret(parsed.data));
    // Only the path is told: the message of a schema could quote the value.
    else
      out.mistakes.push(
        ...parsed.error.issues.map(({ path }) => ({ line: locate(path), path: path.join('.'), message: 'not as a Secret has it' })),
      );
    return;
  }
  if (kind !== 'DatabaseTarget') {
    out.mistakes.push({
      line: locate(['kind']),
      path: 'kind',
      message: `expected DatabaseTarget (${apiVersion}) or Secret, found ${typeof kind === 'string' ? `"${kind}"` : 'none'}`,
    });
    return;
  }
  const parsed = databaseTarget.safeParse(value, { reportInput: true });
  if (parsed.success) out.targets.push(parsed.data);
  else out.mistakes.push(...parsed.error.issues.flatMap((issue) => toMistakes(issue, locate)));
}

const decodeSecret = ({ metadata, data = {}, stringData = {} }: z.infer<typeof secret>): SecretManifest => ({
  namespace: metadata.namespace,
  name: metadata.name,
  values: { ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decodeBase64(value)])), ...stringData },
});

const decodeBase64 = (text: string) => new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0));

function toMistakes(issue: z.core.$ZodIssue, locate: (path: readonly PropertyKey[]) => number): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(objectSchemaAt(issue.path) ?? {});
    return issue.keys.map((key) => {
      const meant = didYouMean(key, known);
      const path = [...issue.path, key];
      return { line: locate(path), path: path.join('.'), message: meant ? `unknown field; did you mean "${meant}"?` : 'unknown field' };
    });
  }
  return [{ line: locate(issue.path), path: issue.path.join('.'), message: describeIssue(issue) }];
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const missing = issue.input === undefined && issue.code !== 'custom';
  switch (issue.code) {
    case 'invalid_type':
      return missing
        ? 'required'
        : `expected ${issue.expected}, found ${Array.isArray(issue.input) ? 'a list' : issue.input === null ? 'nothing' : typeof issue.input}`;
    case 'invalid_value':
      return missing ? `required: ${issue.values.join(' | ')}` : `${JSON.stringify(issue.input)} is not one of ${issue.values.join(', ')}`;
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
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item: Pair) => (isScalar(item.key) ? item.key.value : item.key) === key);
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    } else {
      const node = document.getIn(path.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return node.range[0];
    }
  }
  return document.contents?.range?.[0] ?? 0;
}
