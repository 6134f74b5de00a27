import { createPairs } from '../base/pairs.ts';
import { aliasOf, type PlanNode, type Predicate } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import {
  type Column,
  columnsIn,
  conjuncts,
  type Expression,
  isTextType,
  partsOf,
  readExpression,
} from './expression.ts';

/**
 * What the conditions of a plan's node ask of the columns of its own table: not of another's that
 * stands in them, and not of what is only named there.
 */
export interface Asked {
  /** All of them have to hold. */
  conditions: Condition[];
  /** Of each OR its branches. */
  alternatives: Condition[][][];
}

export interface Condition {
  column: string;
  /** `unequal`: what no index finds, as `<>`; `document`: of JSON, arrays and words of a text. */
  kind: 'equal' | 'range' | 'unequal' | 'pattern' | 'document';
  operator: string;
  /** What stands around the column; absent: nothing that keeps an index from being used. */
  wrapped?: Expression;
  /** Compared with a column of another table. */
  other?: Column;
  /** The type that the other table's column is cast to before. */
  otherAs?: string;
  /** With one value, not with several. */
  single?: true;
  /** In another collation than the column’s, which the plan names, and no index serves. */
  collated?: true;
  /** As a text, which of itself keeps no index from being used. */
  asText?: true;
}

type Own = (column: Column) => string | undefined;

export function askedOf(
  node: PlanNode,
  predicates: readonly Predicate[],
  facts?: TableFacts,
): Asked {
  const before = asked.get(predicates, facts ?? node);
  if (before?.node === node) return before.asked;
  const now = readAsked(node, predicates, facts);
  asked.set(predicates, facts ?? node, { node, asked: now });
  return now;
}

/** Many rules ask the same of a node, and of a plan that comes again all do. */
const asked = createPairs<readonly Predicate[], object, { node: PlanNode; asked: Asked }>();

function readAsked(
  node: PlanNode,
  predicates: readonly Predicate[],
  facts: TableFacts | undefined,
): Asked {
  const own = ownColumn(node, facts);
  const all = predicates.flatMap((each) => conjuncts(parsed(each)));
  const asked: Asked = { conditions: [], alternatives: [] };
  const conditionIn: ConditionIn = (each) => {
    const found = conditionOf(each, own, facts);
    return found && isAskedAnew(each, node) ? { ...found, kind: 'unequal' } : found;
  };
  for (const each of all) {
    const found = conditionIn(each);
    if (found) asked.conditions.push(found);
    else if (each.kind === 'or') readOr(each, conditionIn, asked);
  }
  return asked;
}
type ConditionIn = (each: Expression) => Condition | undefined;

/** What a subquery answers for each row is known when the row is there, and finds none. */
const isAskedAnew = (condition: Expression, { children }: PlanNode): boolean =>
  partsOf(condition).some(
    (each) =>
      (each.kind === 'subplan' && /^\W*SubPlan/.test(each.text)) ||
      (each.kind === 'call' && each.name === 'subquery' && children.some(isDependent)),
  );
const isDependent = ({ ext }: PlanNode): boolean => ext['dependent'] === true;

/** Those that an index on the columns as they are would serve. */
export const plainConditions = (
  node: PlanNode,
  predicates: readonly Predicate[],
  facts?: TableFacts,
): Condition[] => askedOf(node, predicates, facts).conditions.filter(isPlain);

export const isPlain = ({ kind, wrapped }: Condition): boolean =>
  !wrapped && (kind === 'equal' || kind === 'range');

/** A predicate is asked about by many rules, and read once. */
const read = new WeakMap<Predicate, Expression>();
export function parsed(predicate: Predicate): Expression {
  const known = read.get(predicate);
  if (known) return known;
  const expression = readExpression(predicate.text);
  read.set(predicate, expression);
  return expression;
}

/** The table's own name of a column, if it is its own. */
function ownColumn(node: PlanNode, facts: TableFacts | undefined): Own {
  const alias = aliasOf(node).toLowerCase();
  const names =
    facts?.columns && new Map(facts.columns.map(({ name }) => [name.toLowerCase(), name]));
  return ({ name, qualifier }) => {
    if (qualifier !== undefined && qualifier.toLowerCase() !== alias) return undefined;
    return names ? names.get(name.toLowerCase()) : name;
  };
}

/** `a = 1 OR a = 2` asks of one column for several values. */
function readOr(
  { of }: { of: readonly Expression[] },
  conditionIn: ConditionIn,
  asked: Asked,
): void {
  const branches = of.map((branch) => conjuncts(branch).flatMap((each) => conditionIn(each) ?? []));
  const [first] = branches.flat();
  const oneColumn =
    first !== undefined &&
    branches.every(([only, ...more]) => only?.column === first.column && more.length === 0) &&
    branches.flat().every(({ kind, wrapped }) => kind === first.kind && !wrapped);
  if (oneColumn) {
    const { single: _single, ...several } = first;
    asked.conditions.push(several);
  } else asked.alternatives.push(branches);
}

function conditionOf(
  whole: Expression,
  own: Own,
  facts: TableFacts | undefined,
): Condition | undefined {
  if (whole.kind === 'column') return flag(whole, own);
  if (whole.kind === 'not') return negated(whole.of[0], own, facts);
  if (whole.kind === 'call') return calledCondition(whole, own);
  if (whole.kind !== 'operation') return undefined;
  const [left, ...right] = whole.of;
  if (!left) return undefined;
  const direct = side(left, right, whole.operator, own, facts);
  if (direct?.operator === hasValue && isMostlyNull(direct, facts))
    return { ...direct, kind: 'range' };
  if (direct) return direct;
  const [only] = right;
  if (!only || right.length > 1) return undefined;
  // `? = ANY (tags)`: the column is a list of values.
  if (only.kind === 'any') return side(only.of[0] ?? only, [left], 'any', own, facts, 'document');
  return side(only, [left], mirrored[whole.operator] ?? whole.operator, own, facts);
}
const mirrored: Record<string, string> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '<@': '@>',
  '@>': '<@',
  '<<': '>>',
  '<<=': '>>=',
  '>>': '<<',
  '>>=': '<<=',
  '&<': '&>',
  '&>': '&<',
};

/** `WHERE active`. */
function flag(column: Column, own: Own): Condition | undefined {
  const name = own(column);
  return name === undefined
    ? undefined
    : { column: name, kind: 'equal', operator: 'is true', single: true };
}

function negated(
  inner: Expression | undefined,
  own: Own,
  facts: TableFacts | undefined,
): Condition | undefined {
  if (inner?.kind === 'column') return flag(inner, own);
  const found = inner && conditionOf(inner, own, facts);
  if (!found) return undefined;
  const sides = inner.kind === 'operation' ? inner.of.map(columnsIn) : [];
  const apart = sides.filter((each) => each.some((column) => own(column) !== undefined));
  // PostgreSQL finds it by no index: to it the column is as good as wrapped.
  return found.operator === 'is distinct from' && apart.length === 1
    ? { ...found, kind: 'equal', operator: nullSafe, wrapped: found.wrapped ?? inner }
    : { ...found, kind: 'unequal' };
}
/** `IS NOT NULL`: to an index a range, which is worth finding where few rows have a value. */
export const hasValue = 'not is null';
/** All but one value, or some. */
export const allBut: ReadonlySet<string> = new Set(['<>', '!=', 'not in']);

/** No range finds the rows without a value, of which some planners know how many they are. */
export const isMostlyNull = (
  { column, wrapped }: Pick<Condition, 'column' | 'wrapped'>,
  facts: TableFacts | undefined,
): boolean =>
  !wrapped && (facts?.columns?.find(({ name }) => name === column)?.nulls ?? 0) >= mostlyNull;
const mostlyNull = 0.9;

/** Where NULL is a value like others, which MySQL writes `<=>` and finds by any index. */
export const nullSafe = 'is not distinct from';

/** `json_contains(tags, ?)`, `starts_with(name, ?)`. */
function calledCondition(whole: Expression & { kind: 'call' }, own: Own): Condition | undefined {
  const kind = documentCall.test(whole.name)
    ? 'document'
    : whole.name === 'starts_with'
      ? 'pattern'
      : undefined;
  const [column] = columnsIn(whole).flatMap((each) => own(each) ?? []);
  return kind && column !== undefined ? { column, kind, operator: whole.name } : undefined;
}
const documentCall = /^json(?:b)?_|^array_(?:contains|overlap)|^match$/;
/** Of addresses and ranges; elsewhere `<<` moves bits, and stands in no condition by itself. */
const withinOperator = /^(?:<<=?|>>=?|&<|&>|-\|-)$/;
const documentOperator = /^(?:@>|<@|&&|@@|@\?|\?|\?\||\?&|->|->>|#>|#>>|member|any)$/;

const operatorsOf: [Condition['kind'], string[]][] = [
  ['equal', ['=', '<=>', 'in', 'is null', 'is true', 'is false']],
  ['range', ['<', '<=', '>', '>=', 'between']],
  ['pattern', '~~ ~~* ~ ~* ^@ like ilike rlike regexp similar'.split(' ')],
];
const kinds = new Map(
  operatorsOf.flatMap(([kind, operators]) => operators.map((each) => [each, kind] as const)),
);
export const kindOf = (operator: string): Condition['kind'] =>
  kinds.get(operator) ??
  (documentOperator.test(operator) || withinOperator.test(operator) ? 'document' : 'unequal');

/** One side is of this table's columns alone, and the other of none of them. */
function side(
  mine: Expression,
  theirs: readonly Expression[],
  operator: string,
  own: Own,
  facts: TableFacts | undefined,
  kind: Condition['kind'] = kindOf(operator),
): Condition | undefined {
  const columns = columnsIn(mine);
  const [column] = columns.map(own);
  if (column === undefined || columns.some((each) => own(each) === undefined)) return undefined;
  if (theirs.flatMap(columnsIn).some((each) => own(each) !== undefined))
    return { column, kind: 'unequal', operator };
  const wrapped =
    withoutHarmless(mine, kindOf(operator), facts) ?? asNumber(mine, theirs, operator, facts);
  const other = otherColumn(theirs, wrapped !== undefined);
  return {
    column,
    kind: wrapped && isOfDocument(wrapped) && kind !== 'unequal' ? 'document' : kind,
    operator,
    ...(wrapped ? { wrapped } : {}),
    ...(other ? { other } : {}),
    ...(other && !wrapped && theirs[0]?.kind === 'cast' ? { otherAs: theirs[0].type } : {}),
    ...(isCollated(theirs, operator, column, facts) ? { collated: true as const } : {}),
    ...(mine.kind === 'cast' && !wrapped ? { asText: true as const } : {}),
    ...((operator === '=' || operator === '<=>') && !theirs.some(isSeveral)
      ? { single: true }
      : {}),
  };
}
/** As if the plan had the cast that the server makes of it. */
function asNumber(
  mine: Expression,
  theirs: readonly Expression[],
  operator: string,
  facts: TableFacts | undefined,
): Expression | undefined {
  const column = mine.kind === 'column' && facts?.columns?.find(({ name }) => name === mine.name);
  const value = operator !== 'is null' && theirs.flatMap(columnsIn).length === 0;
  if (!column || !column.asNumber || !value || kindOf(operator) === 'pattern') return undefined;
  return { kind: 'cast', type: 'a number', text: mine.text, of: [mine] };
}

/**
 * MySQL and MariaDB print it. What is equal byte by byte is equal in any collation: there they find
 * it by the column's own index.
 */
function isCollated(
  theirs: readonly Expression[],
  operator: string,
  column: string,
  facts: TableFacts | undefined,
): boolean {
  const own = facts?.columns?.find(({ name }) => name === column)?.collation;
  return theirs.some(({ text }) => {
    const [, named] = /\bcollate (\w+)/i.exec(text) ?? [];
    const asBytes = operator === '=' && named !== undefined && /^binary$|_bin$/i.test(named);
    return named !== undefined && named !== own && !asBytes;
  });
}

/**
 * As it stands, or cast, as PostgreSQL has a varchar; where this side is wrapped, what stands in
 * the other's wrapping.
 */
function otherColumn([theirs]: readonly Expression[], wrapped: boolean): Column | undefined {
  if (theirs?.kind === 'column') return theirs;
  const [inner] = theirs?.kind === 'cast' ? theirs.of : [];
  if (inner?.kind === 'column') return inner;
  const [column, ...more] = theirs && wrapped ? columnsIn(theirs) : [];
  return more.length === 0 ? column : undefined;
}
const isSeveral = ({ kind }: Expression) => kind === 'any' || kind === 'list';

const isOfDocument = (wrapped: Expression): boolean =>
  partsOf(wrapped).some(
    (each) =>
      (each.kind === 'operation' && documentOperator.test(each.operator)) ||
      (each.kind === 'call' && documentCall.test(each.name)),
  );

/** PostgreSQL writes a varchar as `(email)::text`, which its index serves as it is. */
function withoutHarmless(
  mine: Expression,
  kind: Condition['kind'],
  facts: TableFacts | undefined,
): Expression | undefined {
  if (mine.kind === 'column') return undefined;
  if (mine.kind === 'list')
    return mine.of[0]?.kind === 'column' && !isUnfound(mine, kind) ? undefined : mine;
  const [inner] = mine.kind === 'cast' ? mine.of : [];
  if (mine.kind !== 'cast' || inner?.kind !== 'column' || !isTextType(mine.type)) return mine;
  const type = facts?.columns?.find(({ name }) => name === inner.name)?.type;
  return type === undefined || isTextType(type) ? undefined : mine;
}

/** `(a, b) < (x, y)` MySQL and MariaDB find by no index; PostgreSQL, which prints ROW, does. */
const isUnfound = ({ text }: Expression, kind: Condition['kind']): boolean =>
  kind === 'range' && !/^row\b/i.test(text);

/** Lists of columns that are compared as one row, and found by no index. */
export const isOfRows = ({ kind, wrapped }: Condition): boolean =>
  kind === 'range' && wrapped?.kind === 'list';
