import { tokenize } from '../../dialects/postgres/lexer.ts';
import { postgresSql } from '../../dialects/postgres/sql.ts';
import { refuseUnless } from '../refuse-change.ts';
import { type AstNode, nameParts, nodesOf } from './ast.ts';
import { syntaxOf } from './parse.ts';

/**
 * The expression of an index's key or predicate, through PostgreSQL's own parser: one expression
 * over columns of the table, of kinds and functions that are listed, and nothing around it. What is
 * read here is compared with what the finished CREATE INDEX has in that place.
 */
export function expressionSyntax(text: string): string {
  refuseUnless(text.length <= longest, 'an expression is longer than one may be');
  refuseUnless(!text.includes('\0'), 'an expression has a NUL');
  refuseUnless(
    !tokenize(text).some(({ kind }) => kind === 'comment'),
    'an expression has a comment in it',
  );
  const value = onlyValue(text);
  for (const { kind, node } of nodesOf(value)) checkNode(kind, node);
  return syntaxText(value);
}

/** Nobody has written a longer one by hand, and its parser is not to be kept busy. */
const longest = 4_000;

/** `SELECT <it>`, and nothing else in that statement. */
function onlyValue(text: string): AstNode {
  const statements = parsed(`SELECT ${text}`);
  const select = statements[0]?.stmt?.['SelectStmt'] as AstNode | undefined;
  const targets = (select?.['targetList'] ?? []) as AstNode[];
  const target = targets[0]?.['ResTarget'] as AstNode | undefined;
  const alone =
    statements.length === 1 &&
    targets.length === 1 &&
    target !== undefined &&
    Object.keys(select ?? {}).every((key) => ofPlainSelect.has(key)) &&
    Object.keys(target).every((key) => key === 'val' || key === 'location');
  refuseUnless(alone, 'what should be one expression is more, or less');
  return target?.['val'] as AstNode;
}
const ofPlainSelect = new Set(['targetList', 'limitOption', 'op']);

function parsed(text: string): { stmt?: AstNode }[] {
  let tree: ReturnType<typeof syntaxOf> = {};
  let read = true;
  try {
    tree = syntaxOf(text);
  } catch (error) {
    // The parser's own words repeat the text.
    read = false;
    if (!(error instanceof Error)) throw error;
  }
  refuseUnless(read, 'an expression cannot be read');
  return tree.stmts ?? [];
}

/** The only statement of a text. */
export function onlyStatement(text: string): AstNode {
  const statements = parsed(text);
  refuseUnless(statements.length === 1, 'what should be one statement is more, or less');
  return statements[0]?.stmt ?? {};
}

const plainKinds = new Set(
  (
    'A_Const A_ArrayExpr BoolExpr NullTest BooleanTest TypeCast CoalesceExpr MinMaxExpr ' +
    'CollateClause List CaseExpr CaseWhen String Integer Float Boolean'
  ).split(' '),
);

function checkNode(kind: string, node: AstNode): void {
  switch (kind) {
    case 'ColumnRef': {
      const [name, ...more] = nameParts(node['fields']);
      return refuseUnless(
        name !== undefined && name !== '*' && more.length === 0,
        'an expression names more than columns of its table',
      );
    }
    case 'FuncCall': {
      const name = nameParts(node['funcname']);
      const own = name.length === 1 || (name.length === 2 && name[0] === 'pg_catalog');
      const plain = Object.keys(node).every((key) => ofPlainCall.has(key));
      return refuseUnless(
        own && plain && functions.has(name.at(-1) ?? ''),
        'an expression calls a function that is not on the list',
      );
    }
    case 'A_Expr':
      return refuseUnless(
        nameParts(node['name']).length === 1,
        'an expression has an operator of another schema',
      );
    default:
      return refuseUnless(plainKinds.has(kind), `an expression has a part of a kind not listed`);
  }
}
const ofPlainCall = new Set(['funcname', 'args', 'funcformat', 'location']);

/** The server's own, with the same result for ever for at least one type of their arguments. */
const functions = new Set([
  ...postgresSql.indexableCalls,
  ...'substring substr left right replace split_part round mod date_trunc date_part'.split(' '),
  ...'extract timezone to_tsvector jsonb_extract_path jsonb_extract_path_text'.split(' '),
  ...'jsonb_array_length array_length cardinality setweight'.split(' '),
]);

/** The same for the same syntax, wherever in a text it stands. */
export const syntaxText = (node: unknown): string =>
  JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value));
