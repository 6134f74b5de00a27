import { setFlagsFromString } from 'node:v8';
import { tokenize } from '../../dialects/postgres/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { type AstNode, type Kinded, nodesOf } from './ast.ts';
import { collectNames, type StatementNames } from './names.ts';
import { type NeededRight, neededRights } from './needed-rights.ts';
import { collectParams, type ParamUse } from './parameters.ts';
import { scanCost, scanLimit } from './scan-cost.ts';
import { summarizeAst } from './shape.ts';
import { type SharedValues, sharedValues } from './shared-values.ts';

/**
 * A statement's text through PostgreSQL's own parser: the guard that nothing but one plain
 * statement is ever sent after the word EXPLAIN, and all names that planning it could resolve.
 */
export interface ParsedStatement extends StatementNames {
  kind: 'parsed';
  fingerprint: string;
  shape: QueryShape;
  params: ParamUse[];
  /** Parameters whose value still stands in another place of the text. */
  shared: SharedValues;
  /** Beside SELECT on every relation that is only read. */
  rights: NeededRight[];
}

/** Of `fingerprint`: another version may give others. */
export const fingerprintAlgorithm = 'pg_query-18';

const statementKinds = new Map<string, QueryShape['kind']>([
  ['SelectStmt', 'select'],
  ['InsertStmt', 'insert'],
  ['UpdateStmt', 'update'],
  ['DeleteStmt', 'delete'],
  ['MergeStmt', 'merge'],
]);

/**
 * Of what the parser does not read: pg_stat_statements makes `SAVEPOINT $1` of a savepoint's name.
 */
const begins = /^[\s(]*(?:\/\*|--|(?:select|insert|update|delete|merge|values|with|table)\b)/i;

/**
 * V8's baseline compiler alone for WebAssembly, from before the parser is loaded: optimising the
 * grammar's largest functions takes 0.7 s and up to 650 MiB at once, and keeps 60 MiB of them. What
 * a text costs afterwards falls from 0.10 to 0.07 ms; each is parsed once.
 */
for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
const { fingerprintSync, loadModule, parseSync } = await import('libpg-query');
export const ready: Promise<void> = loadModule();

/** Any text as the parser has it; throws where it is none. `await ready` first. */
export const syntaxOf = (text: string): { stmts?: { stmt?: AstNode }[] } =>
  parseSync(text) as unknown as { stmts?: { stmt?: AstNode }[] };

/**
 * `limit` in bytes guards the event loop: the parser takes 246 ms for 2 MB. `await ready` first.
 * `tokens`: of this text, where it was read already.
 */
export function parseStatement(
  text: string,
  limit: number,
  tokens?: readonly Token[],
): ParsedStatement | Refusal {
  const tree = treeOf(text, limit);
  if (tree.kind === 'refused') return tree;
  const { root, nodes } = tree;
  return {
    kind: 'parsed',
    fingerprint: fingerprintSync(text),
    shape: summarizeAst(tree.statement, nodes),
    rights: neededRights(nodes),
    ...collectNames(root, text),
    params: collectParams(nodes, text),
    shared: sharedValues(nodes, text, tokens ?? tokenize(text)),
  };
}

/** Of a text that differs from one that was parsed only in how its names are written. */
export interface Rewritten extends Pick<ParsedStatement, 'sites' | 'params' | 'shared'> {
  kind: 'rewritten';
}

export function parseRewritten(text: string, tokens: readonly Token[]): Rewritten | Refusal {
  const tree = treeOf(text, Number.POSITIVE_INFINITY);
  if (tree.kind === 'refused') return tree;
  const { root, nodes } = tree;
  return {
    kind: 'rewritten',
    sites: collectNames(root, text).sites,
    params: collectParams(nodes, text),
    shared: sharedValues(nodes, text, tokens),
  };
}

interface Tree {
  kind: 'tree';
  statement: QueryShape['kind'];
  /** `{ SelectStmt: { … } }` */
  root: AstNode;
  nodes: readonly Kinded[];
}

/** By the word it begins with, which is one of the grammar: COPY, DECLARE, CREATE TABLE AS … */
function utilityIn(text: string, nodes: readonly Kinded[]): string {
  const word = tokenize(text)
    .find(({ kind }) => kind === 'word')
    ?.text.toUpperCase();
  const inside = nodes.some(({ kind }) => kind === 'SelectStmt');
  return `${word ?? 'it'} is a utility statement${inside ? ', and not planned for its query' : ''}`;
}

/** The guard: one statement, of a kind that EXPLAIN only plans. */
function treeOf(text: string, limit: number): Tree | Refusal {
  if (text.includes('\0')) return refused('not_explainable_statement', 'the text contains a NUL');
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) return refused('too_large', `text of ${bytes} bytes, limit ${limit}`);
  if (scanCost(text) > scanLimit)
    return refused('too_large', 'comments or operators nested within one another');
  let tree: ReturnType<typeof syntaxOf>;
  try {
    tree = syntaxOf(text);
  } catch (error) {
    if (error instanceof RangeError) return refused('too_large', 'nested too deeply');
    return refused(begins.test(text) ? 'unparsable' : 'not_explainable_statement');
  }
  const statements = tree.stmts ?? [];
  if (statements.length !== 1)
    return refused('not_explainable_statement', `${statements.length} statements in one text`);
  const root = statements[0]?.stmt ?? {};
  const statement = statementKinds.get(Object.keys(root)[0] ?? '');
  const nodes = nodesOf(root);
  if (!statement) return refused('not_explainable_statement', utilityIn(text, nodes));
  if (nodes.some(({ kind, node }) => kind === 'SelectStmt' && node['intoClause']))
    return refused('not_explainable_statement', 'SELECT INTO');
  return { kind: 'tree', statement, root, nodes };
}
