import { fingerprintSync, loadModule, parseSync } from 'libpg-query';
import type { Code } from '../../base/codes.ts';
import type { QueryShape } from '../../plans/query-shape.ts';
import { type AstNode, characterOffsets, nameParts, visitAst } from './ast.ts';
import { summarizeAst } from './shape.ts';

/**
 * A statement's text through PostgreSQL's own parser: the guard that nothing but one plain statement is ever sent after the word EXPLAIN,
 * and all names that planning it could resolve.
 */
export interface ParsedStatement {
  fingerprint: string;
  shape: QueryShape;
  /** Relations by name as written, CTEs left out. */
  relations: Name[];
  /** Functions, and columns too: `row.f` calls f(row). */
  functions: Name[];
  operators: Name[];
  types: Name[];
  params: ParamUse[];
}

export interface Name {
  schema?: string;
  name: string;
}

export interface ParamUse {
  number: number;
  /** Offset of `$n` in UTF-16 units. */
  at: number;
  /** It stands for a row count: LIMIT, OFFSET, FETCH. */
  count: boolean;
  /** `extract($1 FROM x)`, which the server prints but does not read. */
  extractAt?: number;
}

const statementKinds = new Map<string, QueryShape['kind']>([
  ['SelectStmt', 'select'],
  ['InsertStmt', 'insert'],
  ['UpdateStmt', 'update'],
  ['DeleteStmt', 'delete'],
  ['MergeStmt', 'merge'],
]);

export const ready: Promise<void> = loadModule();

export type ParseRefusal = { code: Code; detail?: string };

/** `limit` in bytes guards the event loop: the parser takes 246 ms for 2 MB. `await ready` first. */
export function parseStatement(text: string, limit: number): ParsedStatement | ParseRefusal {
  if (text.includes('\0')) return { code: 'not_explainable_statement', detail: 'the text contains a NUL' };
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) return { code: 'too_large', detail: `text of ${bytes} bytes, limit ${limit}` };
  let tree: { stmts?: { stmt?: AstNode }[] };
  try {
    tree = parseSync(text) as unknown as typeof tree;
  } catch (error) {
    if (error instanceof RangeError) return { code: 'too_large', detail: 'nested too deeply' };
    return { code: 'unparsable' };
  }
  const statements = tree.stmts ?? [];
  if (statements.length !== 1) return { code: 'not_explainable_statement', detail: `${statements.length} statements in one text` };
  const [kindName, body] = Object.entries(statements[0]?.stmt ?? {})[0] ?? [];
  const kind = statementKinds.get(kindName ?? '');
  if (!kind) return { code: 'not_explainable_statement' };
  if (holdsInto(body)) return { code: 'not_explainable_statement', detail: 'SELECT INTO' };
  return { fingerprint: fingerprintSync(text), shape: summarizeAst(kind, body as AstNode), ...collectNames(body, text) };
}

export const isRefusal = (parsed: ParsedStatement | ParseRefusal): parsed is ParseRefusal => 'code' in parsed;

function holdsInto(body: unknown): boolean {
  let found = false;
  visitAst({ Root: body }, (kind, node) => {
    if ((kind === 'Root' || kind === 'SelectStmt') && node['intoClause']) found = true;
  });
  return found;
}

function collectNames(body: unknown, text: string): Pick<ParsedStatement, 'relations' | 'functions' | 'operators' | 'types' | 'params'> {
  const ctes = new Set<string>();
  const relations = new Map<string, Name>();
  const functions = new Map<string, Name>();
  const operators = new Map<string, Name>();
  const types = new Map<string, Name>();
  const params: ParamUse[] = [];
  const counts = new Set<unknown>();
  const extracts = new Map<unknown, number>();
  const offset = characterOffsets(text);
  const add = (into: Map<string, Name>, parts: string[]) => {
    const name = parts.at(-1);
    if (!name || name === '*') return;
    const schema = parts.at(-2);
    into.set(parts.slice(-2).join('.'), schema && schema !== '*' ? { schema, name } : { name });
  };
  visitAst({ Root: body }, (kind, node) => {
    for (const [key, value] of Object.entries(node)) {
      if (key === 'relation') add(relations, relationParts(value as AstNode));
      if (key === 'typeName') add(types, nameParts((value as AstNode)['names']));
      if (key === 'limitCount' || key === 'limitOffset') counts.add((value as AstNode)['ParamRef']);
    }
    switch (kind) {
      case 'CommonTableExpr':
        ctes.add(String(node['ctename']));
        break;
      case 'RangeVar':
        add(relations, relationParts(node));
        break;
      case 'FuncCall': {
        add(functions, nameParts(node['funcname']));
        const first = (node['args'] as AstNode[] | undefined)?.[0]?.['ParamRef'];
        if (first && node['funcformat'] === 'COERCE_SQL_SYNTAX' && nameParts(node['funcname']).join('.') === 'pg_catalog.extract')
          extracts.set(first, Number(node['location'] ?? 0));
        break;
      }
      case 'ColumnRef':
        add(functions, nameParts(node['fields']).slice(-1));
        break;
      case 'A_Expr':
        add(operators, nameParts(node['name']));
        break;
      case 'SortBy':
        add(operators, nameParts(node['useOp']));
        break;
      case 'SubLink':
        add(operators, nameParts(node['operName']));
        break;
      case 'TypeName':
        add(types, nameParts(node['names']));
        break;
      case 'ParamRef': {
        const extractAt = extracts.get(node);
        params.push({
          number: Number(node['number'] ?? 0),
          at: offset(Number(node['location'] ?? 0)),
          count: counts.has(node),
          ...(extractAt === undefined ? {} : { extractAt: offset(extractAt) }),
        });
        break;
      }
    }
  });
  const named = [...relations.values()].filter(({ schema, name }) => schema || !ctes.has(name));
  return { relations: named, functions: [...functions.values()], operators: [...operators.values()], types: [...types.values()], params };
}

const relationParts = (node: AstNode) => [node['schemaname'], node['relname']].filter((part) => typeof part === 'string');
