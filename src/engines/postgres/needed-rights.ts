import { dictionary } from '../../base/dictionary.ts';
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

const ofCommand = dictionary<Right>({
  CMD_INSERT: 'insert',
  CMD_UPDATE: 'update',
  CMD_DELETE: 'delete',
});

/** Of all nodes of a statement. */
export function neededRights(nodes: readonly Kinded[]): NeededRight[] {
  const needed: NeededRight[] = [];
  const locked: Locked = new Set();
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
        for (const each of lockedRelations(node, locked)) need(each, 'update');
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
 * What is locked already, with all below it: of subqueries that lock within one another, each is
 * gone through once.
 */
type Locked = Set<AstNode>;

/**
 * All that stands in FROM, subqueries included; with OF, those that it names. A CTE is no table.
 */
function lockedRelations(select: AstNode, locked: Locked): AstNode[] {
  const clauses = (select['lockingClause'] ?? []) as {
    LockingClause?: { lockedRels?: { RangeVar: AstNode }[] };
  }[];
  if (clauses.length === 0) return [];
  const named = clauses.map(({ LockingClause: clause }) => clause?.lockedRels);
  const all = named.some((of) => !of);
  const names = new Set(
    named.flatMap((of) => of?.map(({ RangeVar: each }) => String(each['relname'])) ?? []),
  );
  const ctes = cteNames(select);
  return rangeOf(
    select['fromClause'],
    (name) => all || names.has(name),
    ctes.size > 0 ? new Set() : locked,
  ).filter((relation) => relation['schemaname'] || !ctes.has(String(relation['relname'])));
}

const cteNames = (select: AstNode) =>
  new Set(
    (
      (select['withClause'] as AstNode | undefined)?.['ctes'] as
        | { CommonTableExpr?: AstNode }[]
        | undefined
    )?.map((cte) => String(cte.CommonTableExpr?.['ctename'])),
  );

/** OF means what FROM calls by a name, and of a subquery all that is in it. */
function rangeOf(from: unknown, isMeant: (name: string) => boolean, locked: Locked): AstNode[] {
  const found: AstNode[] = [];
  const open: { item: AstNode; within: boolean }[] = [];
  const add = (items: AstNode[], within: boolean) => {
    for (const item of items) open.push({ item, within });
  };
  add((from ?? []) as AstNode[], false);
  for (let next = open.pop(); next; next = open.pop()) {
    const [kind, node] = Object.entries(next.item)[0] as [string, AstNode];
    if (kind === 'JoinExpr') {
      const sides = [node['larg'], node['rarg']] as (AstNode | undefined)[];
      add(
        sides.filter((side) => side !== undefined),
        next.within,
      );
      continue;
    }
    const alias = (node['alias'] as AstNode | undefined)?.['aliasname'];
    const meant = next.within || isMeant(String(alias ?? node['relname'] ?? ''));
    if (!meant || locked.has(node)) continue;
    locked.add(node);
    if (kind === 'RangeVar') found.push(node);
    if (kind !== 'RangeSubselect') continue;
    const inner = (node['subquery'] as { SelectStmt?: AstNode } | undefined)?.SelectStmt;
    add((inner?.['fromClause'] ?? []) as AstNode[], true);
  }
  return found;
}

function relationName(relation: AstNode): Name | undefined {
  const { schemaname: schema, relname: name } = relation;
  if (typeof name !== 'string') return undefined;
  return typeof schema === 'string' ? { schema, name } : { name };
}
