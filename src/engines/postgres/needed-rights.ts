import type { AstNode, Kinded } from './ast.ts';
import type { Name } from './names.ts';

/**
 * The rights that a statement needs on tables it names beside SELECT on what it reads: what it
 * writes, wherever in the text (a CTE, the branches of MERGE), and what it locks with FOR UPDATE
 * and its siblings, which wants UPDATE.
 */
export interface NeededRight extends Name {
  right: Right;
}

export type Right = 'select' | 'insert' | 'update' | 'delete';

const ofCommand: Record<string, Right> = {
  CMD_INSERT: 'insert',
  CMD_UPDATE: 'update',
  CMD_DELETE: 'delete',
};

/** Of all nodes of a statement. */
export function neededRights(nodes: readonly Kinded[]): NeededRight[] {
  const needed: NeededRight[] = [];
  const need = (relation: AstNode | undefined, ...rights: Right[]) => {
    const name = relation && relationName(relation);
    if (name) needed.push(...rights.map((right) => ({ ...name, right })));
  };
  for (const { kind, node } of nodes) {
    const relation = node['relation'] as AstNode | undefined;
    switch (kind) {
      case 'InsertStmt':
        need(
          relation,
          'insert',
          ...(updatesOnConflict(node) ? (['update', 'select'] as const) : readsToo(node)),
        );
        break;
      case 'UpdateStmt':
        need(relation, 'update', ...readsToo(node));
        break;
      case 'DeleteStmt':
        need(relation, 'delete', ...readsToo(node));
        break;
      case 'MergeStmt':
        need(relation, ...mergeRights(node), 'select');
        break;
      case 'SelectStmt':
        for (const locked of lockedRelations(node)) need(locked, 'update');
    }
  }
  return needed;
}

/** Who looks for old rows, or returns them, reads the table. */
const readsToo = (node: AstNode): Right[] =>
  node['whereClause'] || node['returningClause'] || node['returningList'] ? ['select'] : [];

const updatesOnConflict = (node: AstNode) =>
  (node['onConflictClause'] as AstNode | undefined)?.['action'] === 'ONCONFLICT_UPDATE';

function mergeRights(node: AstNode): Right[] {
  const branches = (node['mergeWhenClauses'] ?? []) as { MergeWhenClause?: AstNode }[];
  const rights = branches.map(
    ({ MergeWhenClause: branch }) => ofCommand[String(branch?.['commandType'])],
  );
  return [...new Set(rights.filter((right) => right !== undefined))];
}

/**
 * All that stands in FROM, subqueries included; with OF, those that it names. A CTE is no table.
 */
function lockedRelations(select: AstNode): AstNode[] {
  const clauses = (select['lockingClause'] ?? []) as {
    LockingClause?: { lockedRels?: { RangeVar: AstNode }[] };
  }[];
  if (clauses.length === 0) return [];
  const named = clauses.map(({ LockingClause: clause }) =>
    clause?.lockedRels?.map(({ RangeVar: each }) => String(each['relname'])),
  );
  const ctes = cteNames(select);
  return rangeOf(select['fromClause'])
    .filter(({ names }) => named.some((of) => !of || of.some((name) => names.includes(name))))
    .map(({ relation }) => relation)
    .filter((relation) => relation['schemaname'] || !ctes.has(String(relation['relname'])));
}

const cteNames = (select: AstNode) =>
  new Set(
    (
      (select['withClause'] as AstNode | undefined)?.['ctes'] as
        | { CommonTableExpr?: AstNode }[]
        | undefined
    )?.map((cte) => String(cte.CommonTableExpr?.['ctename'])),
  );

interface Ranged {
  relation: AstNode;
  /** By which OF may mean it: its own name or alias, and the subqueries' it stands in. */
  names: string[];
}

function rangeOf(from: unknown): Ranged[] {
  const found: Ranged[] = [];
  const open: { item: AstNode; outer: string[] }[] = ((from ?? []) as AstNode[]).map((item) => ({
    item,
    outer: [],
  }));
  for (let next = open.pop(); next; next = open.pop()) {
    const [kind, node] = Object.entries(next.item)[0] as [string, AstNode];
    const alias = (node['alias'] as AstNode | undefined)?.['aliasname'];
    const names = [...next.outer, String(alias ?? node['relname'] ?? '')];
    if (kind === 'RangeVar') found.push({ relation: node, names });
    if (kind === 'JoinExpr')
      for (const side of ['larg', 'rarg'])
        if (node[side]) open.push({ item: node[side] as AstNode, outer: next.outer });
    const inner =
      kind === 'RangeSubselect'
        ? (node['subquery'] as { SelectStmt?: AstNode } | undefined)?.SelectStmt
        : undefined;
    for (const item of (inner?.['fromClause'] ?? []) as AstNode[])
      open.push({ item, outer: names });
  }
  return found;
}

function relationName(relation: AstNode): Name | undefined {
  const { schemaname: schema, relname: name } = relation;
  if (typeof name !== 'string') return undefined;
  return typeof schema === 'string' ? { schema, name } : { name };
}
