import { type AstNode, characterOffsets, isKind, nameParts, turn } from './ast.ts';

/**
 * All names in a statement's syntax tree, and where they stand. Which of them mean a common table
 * expression is decided as the server does, by scope. Nothing rests on that being right: a name
 * that is taken for a CTE is not qualified, and no relation is found by it in the closed path.
 */
export interface Name {
  schema?: string;
  name: string;
}

export type SiteKind = 'relation' | 'function' | 'type' | 'operator' | 'collation';

export interface Site extends Name {
  what: SiteKind;
  /**
   * Offset of the first character in UTF-16 units; of a collation, of the word COLLATE. Undefined
   * where the operator is implied (`IN`, `USING`).
   */
  at?: number;
}

export interface StatementNames {
  /**
   * Distinct, CTEs left out; the statement's own table first in INSERT, UPDATE, DELETE and MERGE.
   */
  relations: Name[];
  sites: Site[];
  /**
   * Every identifier that a function could be called by (`f(x)`, `x.f`, `(x).f`), whatever it
   * means.
   */
  identifiers: string[];
  /** Every name that a CTE is given. */
  ctes: string[];
}

interface Scope {
  /** Each name of one list, and its place there: the list is the same one for all its members. */
  names: ReadonlyMap<string, number>;
  /** Only those before this place are seen. */
  until: number;
  outer: Scope | undefined;
}

function sees(scope: Scope | undefined, name: string): boolean {
  for (let each = scope; each; each = each.outer)
    if ((each.names.get(name) ?? each.until) < each.until) return true;
  return false;
}

interface Visitor {
  /** Every object: some nodes stand in a field without their kind. */
  fields(node: AstNode): void;
  node(kind: string, node: AstNode, scope: Scope | undefined): void;
}

/**
 * Parents first, in the order of the text; without recursion, since a text of 20,000 terms nests as
 * deep.
 */
function walk(root: AstNode, visit: Visitor): void {
  const stack: unknown[] = [root];
  const scopes: (Scope | undefined)[] = [undefined];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const scope = scopes.pop();
    const node = next as AstNode;
    const inner = scopeWithin(node, scope);
    const below = stack.length;
    visit.fields(node);
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (value === null || typeof value !== 'object') continue;
      if (isKind(key) && !Array.isArray(value)) visit.node(key, value as AstNode, scope);
      if (key === 'withClause')
        for (const [each, seen] of expressionsOf(value as AstNode, scope)) {
          stack.push(each);
          scopes.push(seen);
        }
      else {
        stack.push(value);
        scopes.push(inner);
      }
    }
    turn(stack, below);
    turn(scopes, below);
  }
}

const expressions = (withClause: unknown): AstNode[] =>
  ((withClause as AstNode | undefined)?.['ctes'] as AstNode[] | undefined) ?? [];
const expressionName = (each: AstNode | undefined): string =>
  String((each?.['CommonTableExpr'] as AstNode | undefined)?.['ctename']);

function scopeWithin(node: AstNode, outer: Scope | undefined): Scope | undefined {
  const withClause = node['withClause'];
  if (withClause === undefined) return outer;
  const ctes = expressions(withClause);
  return ctes.length ? { names: placesOf(ctes), until: ctes.length, outer } : outer;
}

/** Each sees all of its list where that is RECURSIVE, else those before it. */
function expressionsOf(withClause: AstNode, outer: Scope | undefined): [AstNode, Scope][] {
  const ctes = expressions(withClause);
  const names = placesOf(ctes);
  return ctes.map((each, i) => [
    each,
    { names, until: withClause['recursive'] ? ctes.length : i, outer },
  ]);
}

/** Of a name that is given twice, the first place. */
function placesOf(ctes: readonly AstNode[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [i, each] of ctes.entries()) {
    const name = expressionName(each);
    if (!places.has(name)) places.set(name, i);
  }
  return places;
}

/** Operators that the grammar puts in without writing them. */
const between = ['>=', '<=', '<', '>'];

/**
 * What the parser, which is of the newest server, takes for syntax and older servers for calls of a
 * function. Those of `merge_action` and JSON came with 16 and 17.
 */
const laterWords = (
  'json json_array json_arrayagg json_exists json_object json_objectagg json_query ' +
  'json_scalar json_serialize json_table json_value merge_action'
).split(' ');

export function collectNames(root: AstNode, text: string): StatementNames {
  const relations = new Map<string, Name>();
  const sites: Site[] = [];
  const identifiers = new Set<string>();
  const ctes = new Set<string>();
  const implied = new Set<string>();
  const aliases = new Set<unknown>();
  const offset = characterOffsets(text);
  const place = (node: AstNode) => offset(Number(node['location'] ?? 0));

  const add = (what: SiteKind, parts: string[], at: number | undefined) => {
    const name = parts.at(-1);
    if (!name) return;
    const schema = parts.at(-2);
    sites.push({ what, ...(schema ? { schema } : {}), name, ...(at === undefined ? {} : { at }) });
  };
  const addRelation = (node: AstNode, scope: Scope | undefined) => {
    const parts = [node['schemaname'], node['relname']].filter((part) => typeof part === 'string');
    const [name, schema] = [parts.at(-1) ?? '', parts.at(-2)];
    if (!schema && sees(scope, name)) return;
    relations.set(JSON.stringify(parts), schema ? { schema, name } : { name });
    add('relation', parts, place(node));
  };

  const visitFields = (node: AstNode) => {
    const { relation, typeName } = node as { relation?: AstNode; typeName?: AstNode };
    if (typeof relation?.['relname'] === 'string') addRelation(relation, undefined);
    if (typeName) add('type', nameParts(typeName['names']), place(typeName));
  };
  const visitNode = (kind: string, node: AstNode, scope: Scope | undefined) => {
    switch (kind) {
      case 'CommonTableExpr':
        ctes.add(String(node['ctename']));
        break;
      case 'LockingClause': // FOR UPDATE OF names what FROM calls it
        for (const each of (node['lockedRels'] as AstNode[] | undefined) ?? [])
          aliases.add(each['RangeVar']);
        break;
      case 'RangeVar':
        if (!aliases.has(node)) addRelation(node, scope);
        break;
      case 'String':
        identifiers.add(String(node['sval'] ?? ''));
        break;
      case 'RangeTableSample':
        add('function', nameParts(node['method']), place(node));
        break;
      case 'FuncCall':
        add('function', nameParts(node['funcname']), place(node));
        break;
      case 'A_Expr':
        if (String(node['kind']).includes('BETWEEN')) for (const each of between) implied.add(each);
        else add('operator', nameParts(node['name']), place(node));
        break;
      case 'SortBy':
        add('operator', nameParts(node['useOp']), place(node));
        break;
      case 'SubLink':
        if (node['operName']) add('operator', nameParts(node['operName']), place(node));
        else if (node['testexpr']) implied.add('=');
        break;
      case 'JoinExpr':
        if (node['usingClause'] || node['isNatural']) implied.add('=');
        break;
      case 'CaseExpr':
        if (node['arg']) implied.add('=');
        break;
      case 'CollateClause':
        add('collation', nameParts(node['collname']), place(node));
        break;
      case 'TypeName':
        add('type', nameParts(node['names']), place(node));
        break;
      default:
        if (kind.startsWith('Json') || kind === 'MergeSupportFunc')
          for (const name of laterWords) identifiers.add(name);
    }
  };
  walk(root, { fields: visitFields, node: visitNode });
  for (const name of implied) sites.push({ what: 'operator', name });
  return {
    relations: [...relations.values()],
    sites,
    identifiers: [...identifiers],
    ctes: [...ctes],
  };
}
