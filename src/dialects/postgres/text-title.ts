import { dictionary } from '../../base/dictionary.ts';

/**
 * The first line of a node in EXPLAIN's text, without its figures, → the fields that FORMAT JSON
 * has for it: `Parallel Index Scan Backward using i on public.orders o`.
 */
export type Fields = Record<string, unknown>;

const modes = dictionary<Fields>({
  Parallel: { 'Parallel Aware': true },
  Async: { 'Async Capable': true },
  Partial: { 'Partial Mode': 'Partial' },
  Finalize: { 'Partial Mode': 'Finalize' },
});

const aggregates = dictionary<string>({
  Aggregate: 'Plain',
  GroupAggregate: 'Sorted',
  HashAggregate: 'Hashed',
  MixedAggregate: 'Mixed',
});

const join =
  /^(Nested Loop|Hash|Merge)(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti))? Join$/;
const setOperation = /^(Hash)?SetOp (Intersect|Except)( All)?$/;
const modification = /^(Foreign )?(Insert|Update|Delete|Merge)$/;
const custom = /^Custom Scan \((.*)\)$/;

export function readTitle(title: string): Fields {
  const fields: Fields = {};
  let rest = title;
  for (let word = wordOf(rest); modes[word]; word = wordOf(rest)) {
    Object.assign(fields, modes[word]);
    rest = rest.slice(word.length + 1);
  }
  const at = targetAt(rest);
  const before = at < 0 ? rest : rest.slice(0, at);
  const named = at < 0 ? undefined : rest.slice(at + ' on '.length);
  Object.assign(fields, readOperation(before));
  return named === undefined ? fields : { ...fields, ...readTarget(fields, named) };
}

const wordOf = (text: string) => text.slice(0, Math.max(0, text.indexOf(' ')));

/** Where ` on NAME` begins: not within the quotes of an index’s name. */
function targetAt(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === ' ' && text.startsWith(' on ', at)) return at;
  }
  return -1;
}

function readOperation(text: string): Fields {
  const strategy = aggregates[text];
  if (strategy) return { 'Node Type': 'Aggregate', Strategy: strategy };
  if (text === 'Nested Loop') return { 'Node Type': text, 'Join Type': 'Inner' };
  const joined = join.exec(text);
  if (joined?.[1])
    return {
      'Node Type': joined[1] === 'Nested Loop' ? joined[1] : `${joined[1]} Join`,
      'Join Type': joined[2] ?? 'Inner',
    };
  const set = setOperation.exec(text);
  if (set)
    return {
      'Node Type': 'SetOp',
      Strategy: set[1] ? 'Hashed' : 'Sorted',
      Command: `${set[2]}${set[3] ?? ''}`,
    };
  const modified = modification.exec(text);
  if (modified)
    return { 'Node Type': modified[1] ? 'Foreign Scan' : 'ModifyTable', Operation: modified[2] };
  const provider = custom.exec(text);
  if (provider) return { 'Node Type': 'Custom Scan', 'Custom Plan Provider': provider[1] };
  return readIndexScan(text) ?? { 'Node Type': text };
}

/** `Index Scan Backward using "my index"`. */
function readIndexScan(text: string): Fields | undefined {
  const parts = /^(Index(?: Only)? Scan)( Backward)? using (.+)$/.exec(text);
  if (!parts?.[3]) return undefined;
  return {
    'Node Type': parts[1],
    'Scan Direction': parts[2] ? 'Backward' : 'Forward',
    'Index Name': readNames(parts[3])[0]?.[0] ?? parts[3],
  };
}

const nameOf = dictionary<string>({
  'Function Scan': 'Function Name',
  'Table Function Scan': 'Table Function Name',
  'CTE Scan': 'CTE Name',
  'WorkTable Scan': 'CTE Name',
  'Named Tuplestore Scan': 'Tuplestore Name',
});

/** `public.orders o`: whose relation, and under which alias. */
function readTarget(fields: Fields, text: string): Fields {
  const type = String(fields['Node Type']);
  const [path = [], [alias] = []] = readNames(text);
  const name = path.at(-1) ?? text;
  if (type === 'Bitmap Index Scan') return { 'Index Name': name };
  if (type === 'Values Scan' || type === 'Subquery Scan') return { Alias: alias ?? name };
  return {
    [nameOf[type] ?? 'Relation Name']: name,
    ...(path.length > 1 ? { Schema: path.at(-2) } : {}),
    Alias: alias ?? name,
  };
}

const part = /"((?:[^"]|"")*)"|([^\s."]+)/y;

/** `a."b c" d` → [['a', 'b c'], ['d']]: qualified names, one behind the other. */
function readNames(text: string): string[][] {
  const names: string[][] = [[]];
  for (let at = 0; at < text.length; ) {
    part.lastIndex = at;
    const found = part.exec(text);
    if (!found) return names;
    names.at(-1)?.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    at = part.lastIndex;
    if (text[at] === ' ') names.push([]);
    at += 1;
  }
  return names;
}
