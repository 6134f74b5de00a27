import { type AstNode, characterOffsets, type Kinded, nameParts } from './ast.ts';

/**
 * Where the parameters of a text stand, and what the grammar says of each: which are row counts,
 * which have a type before them, which only a guess can type.
 */
export interface ParamUse {
  number: number;
  /** Offset of `$n` in UTF-16 units. */
  at: number;
  /** It stands for a row count: LIMIT, OFFSET, FETCH. */
  count: boolean;
  /** `extract($1 FROM x)`, which the server prints but does not read. */
  extractAt?: number;
  /**
   * Offset of the type that is written before it, as only literals have one: `timestamp(3) with
   * time zone $1`.
   */
  typeAt?: number;
  /** The function or operator that it is a direct argument of. */
  inside?: string;
  /**
   * Nothing beside it has a type: a column of a select list or of VALUES, a branch of CASE, `$1 =
   * $2`. Those of one column share a name.
   */
  bare?: string;
}

type Notes = Omit<ParamUse, 'number' | 'at' | 'count'>;

export function collectParams(nodes: readonly Kinded[], text: string): ParamUse[] {
  if (!nodes.some(({ kind }) => kind === 'ParamRef')) return [];
  const offset = characterOffsets(text);
  const counts = new Set<unknown>();
  const notes = new Map<unknown, Notes>();
  const params: ParamUse[] = [];
  let groups = 0;
  const note = (node: unknown, what: Notes) => {
    const param = paramOf(node);
    if (param) notes.set(param, { ...notes.get(param), ...what });
  };
  const bare = (nodes: unknown) => {
    for (const node of asList(nodes)) note(node, { bare: `b${(groups += 1)}` });
  };
  for (const { kind, node } of nodes) {
    for (const key of ['limitCount', 'limitOffset']) if (node[key]) counts.add(paramOf(node[key]));
    switch (kind) {
      case 'SelectStmt':
        for (const row of asList(node['valuesLists']))
          for (const [column, value] of asList(
            ((row as AstNode)['List'] as AstNode | undefined)?.['items'],
          ).entries())
            note(value, { bare: `values${params.length}.${column}` });
        break;
      case 'ResTarget':
        bare(node['val']);
        break;
      case 'CaseExpr':
        bare([node['arg'], node['defresult']]);
        break;
      case 'CaseWhen':
        bare([node['expr'], node['result']]);
        break;
      case 'CoalesceExpr':
      case 'MinMaxExpr':
      case 'RowExpr':
        bare(node['args']);
        break;
      case 'A_ArrayExpr':
        bare(node['elements']);
        break;
      case 'NullTest':
        note(node['arg'], { bare: 'tested' });
        break;
      case 'A_Expr':
        noteOperands(node, note);
        break;
      case 'TypeCast': {
        const type = node['typeName'] as AstNode | undefined;
        if (node['location'] === -1 && type)
          note(node['arg'], { typeAt: offset(Number(type['location'] ?? 0)) });
        break;
      }
      case 'FuncCall': {
        const args = asList(node['args']);
        const name = nameParts(node['funcname']);
        for (const arg of args) note(arg, { inside: name.at(-1) ?? '' });
        if (node['funcformat'] === 'COERCE_SQL_SYNTAX' && name.join('.') === 'pg_catalog.extract')
          note(args[0], { extractAt: offset(Number(node['location'] ?? 0)) });
        break;
      }
      case 'ParamRef':
        params.push({
          number: Number(node['number'] ?? 0),
          at: offset(Number(node['location'] ?? 0)),
          count: counts.has(node),
          ...notes.get(node),
        });
        break;
    }
  }
  return params;
}

function noteOperands(node: AstNode, note: (node: unknown, what: Notes) => void): void {
  const inside = nameParts(node['name']).at(-1) ?? '';
  const sides = [node['lexpr'], node['rexpr']];
  const untyped = sides.every((side) => side === undefined || paramOf(side) !== undefined);
  for (const [i, side] of sides.entries())
    for (const each of [
      side,
      ...asList(((side as AstNode | undefined)?.['List'] as AstNode | undefined)?.['items']),
    ])
      note(each, { inside, ...(untyped ? { bare: `operand${i}` } : {}) });
}

const paramOf = (node: unknown): unknown => (node as AstNode | undefined | null)?.['ParamRef'];
const asList = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
