import { tokenize } from '../../dialects/postgres/lexer.ts';
import type { Token } from '../../dialects/token.ts';

/**
 * Texts of pg_stat_statements that no parser reads back, made into ones that it reads, as the
 * server understood them. Before the parser; what `repair.ts` mends needs its tree.
 */
export function readable(text: string): string {
  if (!mayNeed.test(text)) return text;
  const tokens = tokenize(text).filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  let out = '';
  let at = 0;
  const edits = [tablePaths, jsonBehaviours, nationalStrings, normalForms, escapeSigns].flatMap(
    (of) => of(tokens),
  );
  for (const { token, instead } of edits.sort((a, b) => a.token.at - b.token.at)) {
    out += text.slice(at, token.at) + instead;
    at = token.at + token.text.length;
  }
  return out + text.slice(at);
}

const mayNeed = /json_table|\bon\s+e(?:mpty|rror)\b|\bn\$\d|normalize|uescape/i;

type Edit = { token: Token; instead: string };

/**
 * Any path: the server takes no parameter there, and neither the plan nor the identifier tells
 * which it was.
 */
const anyPath = "'$'";
const afterPath = new Set(['columns', 'as', 'passing']);

/** `json_table(j, $1 COLUMNS …)`. */
function tablePaths(tokens: readonly Token[]): Edit[] {
  return tokens.flatMap((token, i) => {
    if (token.text.toLowerCase() !== 'json_table' || tokens[i + 1]?.text !== '(') return [];
    const comma = secondArgument(tokens, i + 1);
    const [path, next] = [tokens[comma + 1], tokens[comma + 2]];
    return path?.kind === 'param' && next && afterPath.has(next.text.toLowerCase())
      ? [{ token: path, instead: anyPath }]
      : [];
  });
}

/**
 * `DEFAULT $1 ON EMPTY`, `$1 ARRAY ON EMPTY`, `$1 ON ERROR`: what SQL/JSON gives where it finds
 * nothing, for which the server takes no parameter. A NULL has whatever type is wanted; which word
 * it was is not told: the likeliest, and the identifier says whether it is right.
 */
function jsonBehaviours(tokens: readonly Token[]): Edit[] {
  const word = (i: number) => tokens[i]?.text.toLowerCase() ?? '';
  const decides = (i: number) => word(i) === 'on' && /^(?:empty|error)$/.test(word(i + 1));
  let asked = '';
  return tokens.flatMap((token, i) => {
    if (/^json_(?:exists|query|value)$/.test(word(i))) asked = word(i);
    if (token.kind !== 'param') return [];
    if (/^(?:array|object)$/.test(word(i + 1)) && decides(i + 2))
      return [{ token, instead: 'EMPTY' }];
    if (!decides(i + 1)) return [];
    const exists = asked === 'json_exists' && word(i - 1) !== 'default';
    return [{ token, instead: exists ? 'FALSE' : 'NULL' }];
  });
}

/** The place of the comma before it; past the end, where there is none. */
function secondArgument(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i += 1) {
    const sign = tokens[i]?.text;
    if (sign === '(' || sign === '[') depth += 1;
    if (sign === ')' || sign === ']') depth -= 1;
    if (depth === 0) break;
    if (depth === 1 && sign === ',') return i;
  }
  return tokens.length;
}

/** Any form: as with paths, none of them makes another statement. */
const anyForm = 'NFC';

/** `normalize(name, $1)`, `name IS NOT $1 NORMALIZED`. */
function normalForms(tokens: readonly Token[]): Edit[] {
  const word = (i: number) => tokens[i]?.text.toLowerCase() ?? '';
  return tokens.flatMap((token, i) => {
    if (token.kind === 'param')
      return word(i + 1) === 'normalized' && /^(?:is|not)$/.test(word(i - 1))
        ? [{ token, instead: anyForm }]
        : [];
    if (word(i) !== 'normalize' || word(i + 1) !== '(' || word(i - 1) === '.') return [];
    const form = tokens[secondArgument(tokens, i + 1) + 1];
    return form?.kind === 'param' ? [{ token: form, instead: anyForm }] : [];
  });
}

/** `$1 UESCAPE '!'`: what it was said of is a parameter now. */
const escapeSigns = (tokens: readonly Token[]): Edit[] =>
  tokens.flatMap((token, i) => {
    const sign = tokens[i + 1];
    const said = token.text.toLowerCase() === 'uescape' && tokens[i - 1]?.kind === 'param';
    return said && sign?.kind === 'string'
      ? [token, sign].map((each) => ({ token: each, instead: '' }))
      : [];
  });

const beforeNames = new Set(['.', 'as', 'from', 'join', 'into', 'only', 'update', 'table']);
const afterNames = new Set(['.', '(']);

/**
 * `N'…'` comes back as `N$1`, which reads as a name. It is none where `$1` is missing among the
 * parameters.
 */
function nationalStrings(tokens: readonly Token[]): Edit[] {
  const numbers = new Set(
    tokens.flatMap(({ kind, text }) => (kind === 'param' ? [Number(text.slice(1))] : [])),
  );
  return tokens.flatMap((token, i) => {
    const number = token.kind === 'word' ? Number(/^n\$(\d+)$/i.exec(token.text)?.[1]) : Number.NaN;
    const named =
      beforeNames.has(tokens[i - 1]?.text.toLowerCase() ?? '') ||
      afterNames.has(tokens[i + 1]?.text ?? '');
    if (
      Number.isNaN(number) ||
      named ||
      numbers.has(number) ||
      (number > 1 && !numbers.has(number - 1))
    )
      return [];
    numbers.add(number);
    return [{ token, instead: `nchar $${number}` }];
  });
}
