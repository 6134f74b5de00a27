import type { Token } from '../token.ts';
import { mysqlIdentifier, tokenizeMysql } from './lexer.ts';

/** What is done with MySQL's and MariaDB's texts before anyone sees them. */

/**
 * A name as this project writes names: plain where it is a plain word, else in double quotes. At
 * most 64 characters are a name; more is none.
 */
function plainName(token: Token): string {
  const name = mysqlIdentifier(token);
  if (name.length > 64 || name.length === 0 || expression.test(name)) return '?';
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * The servers name a column after the expression it is made of, literals included: `` `max(total)`
 * ``, `` `concat(a,'x')` ``.
 */
const expression = /[('"=<>+*/?]/;

const isName = ({ kind }: Token) => kind === 'word' || kind === 'quoted';
const solid = (text: string) =>
  tokenizeMysql(text).filter(({ kind }) => kind !== 'space' && kind !== 'comment');

/**
 * A statement without literals, comments and needless backticks: `SELECT total FROM orders WHERE id
 * = ?`.
 */
export function redactMysql(sql: string): string {
  let out = '';
  let before: Token | undefined;
  let verb = '';
  for (const token of solid(sql)) {
    const tight =
      token.text === ',' || token.text === ')' || token.text === '.' || token.text === ';';
    const follows = before?.text === '(' || before?.text === '.';
    const name =
      before?.kind === 'quoted'
        ? !listed.has(verb)
        : before?.kind === 'word' && !spaced.has(before.text.toLowerCase());
    const apart = out && !tight && !follows && !(name && token.text === '(');
    out += `${apart ? ' ' : ''}${shown(token)}`;
    if (token.kind === 'quoted' && before?.text !== '.') verb = before?.text.toLowerCase() ?? '';
    before = token;
  }
  return out;
}

/** Words after which a parenthesis is no call. */
const spaced = new Set(
  (
    'in values value and or not on from join select where as by having when then else union ' +
    'all any some exists using with between is into set over key interval'
  ).split(' '),
);

/** Words before a name that has a list of columns behind it, and is no function. */
const listed = new Set([
  'into',
  'table',
  'with',
  'replace',
  'index',
  'key',
  'on',
  'recursive',
  'references',
  ')',
  '',
]);

function shown(token: Token): string {
  if (token.kind === 'string' || token.kind === 'number' || token.kind === 'param') return '?';
  // A user variable may hold anything, its name is the application's; `@'…'` could be a text.
  if (token.text.startsWith('@')) return token.text.startsWith('@@') ? token.text : '@?';
  return token.kind === 'quoted' ? plainName(token) : token.text;
}

/**
 * An expression of a plan: `` (`shop`.`o`.`email` = 'x') `` → `(o.email = ?)`. Literals go, the
 * database goes (the alias tells whose column it is), and the optimizer's own words lose their
 * angle brackets: `<cache>(…)` is a call of `cache`.
 */
export function redactMysqlExpression(text: string): string {
  const tokens = withoutSubqueries(
    tokenizeMysql(text, { ofPlan: true }).filter(
      ({ kind }) => kind !== 'space' && kind !== 'comment',
    ),
  );
  const out: string[] = [];
  // The last character, kept beside: to look for it in a text that grows would copy the text each
  // time.
  let last = '';
  const put = (piece: string, tight = false) => {
    out.push(tight || last === '' || '(.!'.includes(last) ? piece : ` ${piece}`);
    last = piece.at(-1) ?? last;
  };
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as Token;
    if (
      token.text.endsWith('<') &&
      tokens[i + 1]?.kind === 'word' &&
      tokens[i + 2]?.text === '>' &&
      tokens[i + 3]?.text === '('
    ) {
      put(`${token.text.slice(0, -1)}${tokens[i + 1]?.text}(`);
      i += 3;
      continue;
    }
    if (isName(token) && !token.text.startsWith('@')) {
      const names = [token];
      while (tokens[i + 1]?.text === '.' && tokens[i + 2] && isName(tokens[i + 2] as Token)) {
        names.push(tokens[i + 2] as Token);
        i += 2;
      }
      const [only] = names;
      const inner =
        names.length === 1 && only?.kind === 'quoted' && expression.test(only.text)
          ? redactMysqlExpression(mysqlIdentifier(only))
          : undefined;
      put(inner ?? names.slice(-2).map(plainName).join('.'));
      continue;
    }
    const tight =
      token.text === ',' ||
      token.text === ')' ||
      token.text === '.' ||
      (token.text === '(' &&
        /\w/.test(last) &&
        tokens[i - 1]?.kind === 'word' &&
        !spaced.has(tokens[i - 1]?.text.toLowerCase() ?? ''));
    put(shown(token), tight);
  }
  return out.join('');
}

/**
 * What the servers print for a subquery, its text or its number, becomes `subquery()`: it is a node
 * of its own.
 */
function withoutSubqueries(tokens: readonly Token[]): Token[] {
  const kept: Token[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as Token;
    const [first, second] = [tokens[i + 1]?.text.toLowerCase(), tokens[i + 2]?.text];
    const opens =
      token.text === '(' &&
      (first === 'select' || first === 'with' || (first === 'subquery' && second === '#'));
    if (!opens) {
      kept.push(token);
      continue;
    }
    // Behind a name stands the call's own parenthesis.
    const call = kept.at(-1)?.kind === 'word' && !spaced.has(kept.at(-1)?.text.toLowerCase() ?? '');
    const made = ['subquery', '(', ')'].map(
      (text): Token => ({ kind: text === 'subquery' ? 'word' : 'punctuation', text, at: token.at }),
    );
    kept.push(
      ...(call || kept.at(-1)?.text === '>'
        ? [token, ...made, { ...token, kind: 'punctuation' as const, text: ')' }]
        : made),
    );
    for (let depth = 0; i < tokens.length; i += 1) {
      if (tokens[i]?.text === '(') depth += 1;
      if (tokens[i]?.text === ')' && --depth === 0) break;
    }
  }
  return kept;
}

/** A minus behind one of these is a sign of the number, and goes with it. */
const signed = [
  ...'in like limit values between and or select when'.split(' '),
  ...'then else return interval offset set by'.split(' '),
];
const negative = new RegExp(`([(,=<>+*/-]|\\b(?:${signed.join('|')})) - \\?`, 'g');

/**
 * One key for a statement's texts, whoever normalised them: the server's digest text (backticks,
 * `(...)`, odd cases) and a sample of it with its values give the same. Only for finding
 * candidates: what has the same key is then the same statement up to literals.
 */
export function statementKey(sql: string): string {
  const words = solid(sql.replace(/;\s*$/, '')).map((token) => {
    if (token.kind === 'string' || token.kind === 'number' || token.kind === 'param') return '?';
    if (token.text.startsWith('@')) return '@?';
    if (/^null$/i.test(token.text)) return '?';
    return mysqlIdentifier(token).toLowerCase();
  });
  return words
    .join(' ')
    .replaceAll(/\. \. \./g, '?')
    .replaceAll(negative, '$1 ?')
    .replaceAll(/\?(?: , \?)+/g, '?')
    .replaceAll(/\( \? \)(?: (?:, )?(?:\( \? \)|\/\* , \? \*\/))+/g, '( ? )')
    .trim();
}
