import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLParseError,
} from 'yaml';
import { type Locate, type Mistake, mistakeLimit } from './mistake.ts';
import { type DocumentText, splitDocuments, type YamlLimits } from './yaml-documents.ts';

/**
 * From a text to the values of its YAML documents, each judged by the caller; what is wrong with
 * one document keeps no other from being read. Traps (bombs of aliases, keys twice, depths) are
 * mistakes, too.
 */
export interface Judged<T> {
  /** What the document was read as. */
  found?: T;
  mistakes: Mistake[];
}

export interface Read<T> {
  found: T[];
  mistakes: Mistake[];
  /** Texts of documents that have no value: no YAML, or a trap. */
  unread: string[];
  /** A limit that ended the reading: what lies behind it is not known. */
  refusal?: string;
}

/** A bomb is made of aliases of aliases. */
const aliasLimit = 100;

type Judge<T> = (value: unknown, locate: Locate) => Judged<T>;

export function readYaml<T>(text: string, limits: YamlLimits, judge: Judge<T>): Read<T> {
  const { documents, refusal } = splitDocuments(text, limits);
  const line = documents.length ? text.split('\n').length : 1;
  const rest = text.slice(documents.reduce((sum, each) => sum + each.text.length, 0));
  return merge([
    ...(refusal === undefined ? [] : [refused<T>(line, refusal, rest)]),
    ...documents.flatMap((document) => readText(document, judge)),
  ]);
}

/** Of several refusals the first is told. */
function merge<T>(parts: readonly Read<T>[]): Read<T> {
  const refusal = parts.map((part) => part.refusal).find((each) => each !== undefined);
  return {
    found: parts.flatMap(({ found }) => found),
    mistakes: parts.flatMap(({ mistakes }) => mistakes),
    unread: parts.flatMap(({ unread }) => unread),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

const wrong = <T>(line: number, message: string, text: string): Read<T> => ({
  found: [],
  mistakes: [{ line, path: '', message }],
  unread: [text],
});
const refused = <T>(line: number, refusal: string, text: string): Read<T> => ({
  ...wrong<T>(line, refusal, text),
  refusal,
});

type LineAt = (offset: number) => number;

function readText<T>(document: DocumentText, judge: Judge<T>): Read<T>[] {
  const { text, linesBefore, refusal } = document;
  const lines = new LineCounter();
  const lineAt: LineAt = (offset) => linesBefore + (lines.linePos(offset).line || 1);
  if (refusal) return [refused(linesBefore + 1, refusal, text)];
  // Keys that stand there twice are looked for below: the parser compares each with all others.
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
  });
  return parsed.map((each) => {
    if (each.errors.length) return { ...notYaml<T>(each.errors, lineAt), unread: [text] };
    return each.contents === null
      ? { found: [], mistakes: [], unread: [] }
      : readSoundly(each, text, lineAt, judge);
  });
}

const notYaml = <T>(errors: readonly YAMLParseError[], lineAt: LineAt): Read<T> =>
  merge(
    errors
      .slice(0, mistakeLimit)
      .map(({ pos, message }) => wrong(lineAt(pos[0]), message.split('\n')[0] ?? 'not YAML', '')),
  );

/** What no check foresees is a mistake of the document, too, and of nothing else. */
function readSoundly<T>(
  document: Document,
  text: string,
  lineAt: LineAt,
  judge: Judge<T>,
): Read<T> {
  try {
    const traps = findTraps(document, lineAt);
    if (traps.mistakes.length) return { found: [], unread: [text], ...traps };
    const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
    const { found, mistakes } = judge(value, (path) => lineAt(offsetOf(document, path)));
    return { found: found === undefined ? [] : [found], mistakes, unread: [] };
  } catch (error) {
    const line = lineAt(document.contents?.range?.[0] ?? 0);
    if (error instanceof ReferenceError)
      // the parser's own limit
      return refused(line, 'aliases that stand for more than a manifest holds', text);
    return wrong(line, error instanceof RangeError ? 'nested too deeply' : 'cannot be read', text);
  }
}

/** Keys twice in one map, aliases of nothing, and so many aliases that they could be a bomb. */
function findTraps(document: Document, lineAt: LineAt): Omit<Read<never>, 'found' | 'unread'> {
  const anchors = new Set<string>();
  const mistakes: Mistake[] = [];
  let [aliases, refusal]: [number, string | undefined] = [0, undefined];
  const note = (node: Node, message: string) =>
    mistakes.push({ line: lineAt(node.range?.[0] ?? 0), path: '', message });
  visit(document, {
    Alias(_, node) {
      aliases += 1;
      if (!anchors.has(node.source))
        note(node, `there is no anchor before it for the alias *${node.source.slice(0, 64)}`);
      if (aliases <= aliasLimit) return undefined;
      refusal = `more than ${aliasLimit} aliases`;
      note(node, refusal);
      return visit.BREAK;
    },
    Value(_, node) {
      if (node.anchor) anchors.add(node.anchor);
      if (isMap(node)) for (const key of repeatedKeys(node.items)) note(key, 'keys must be unique');
    },
  });
  return { mistakes, ...(refusal === undefined ? {} : { refusal }) };
}

function repeatedKeys(items: readonly Pair[]): Node[] {
  const known = new Set<unknown>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const again = known.has(key.value) && key.value !== '<<';
    known.add(key.value);
    return again ? [key] : [];
  });
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
