import type { SqlWords } from '../dialects/dialect.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import type { TableFacts } from '../model/statistics.ts';
import { columnsIn, type Expression, isTextType } from './expression.ts';

/**
 * An expression of a plan → the key of an index, as SQL. Only what is the same for ever and for
 * everyone (IMMUTABLE), and in which no literal stands, since plans are kept without them.
 */
export function expressionSql(
  whole: Expression,
  table: TableFacts,
  { quote, indexableCalls }: Pick<SqlWords, 'quote' | 'indexableCalls'>,
): Omit<IndexKey, 'column'> | undefined {
  const typeOf = (name: string) => table.columns?.find((each) => each.name === name)?.type;
  const write = (each: Expression): string | undefined => {
    switch (each.kind) {
      case 'column':
        return quote(each.name);
      case 'call': {
        const of = each.of.map(write);
        return indexableCalls.has(each.name) && of.every((arg) => arg !== undefined)
          ? `${each.name}(${of.join(', ')})`
          : undefined;
      }
      case 'cast': {
        const [of] = each.of;
        const inner = of && write(of);
        const type = of?.kind === 'column' ? typeOf(of.name) : undefined;
        if (inner === undefined || type === undefined) return undefined;
        return isTextType(each.type) && isTextType(type)
          ? inner
          : isSteady(type, each.type)
            ? `(${inner})::${each.type}`
            : undefined;
      }
      case 'operation': {
        const of = each.of.map(write);
        const types = columnsIn(each).map(({ name }) => typeOf(name) ?? '');
        return types.every(each.operator === '||' ? isTextType : isNumeric) &&
          arithmetic.test(each.operator) &&
          of.every((side) => side !== undefined)
          ? `(${of.join(` ${each.operator} `)})`
          : undefined;
      }
      default:
        return undefined;
    }
  };
  const [argument] = whole.kind === 'call' ? whole.of : [];
  // A call of the column alone is the key by itself; other expressions have parentheses.
  if (whole.kind === 'call' && whole.of.length === 1 && argument && isPlain(argument))
    return indexableCalls.has(whole.name) ? { function: whole.name } : undefined;
  const written = write(whole);
  return written === undefined ? undefined : { expression: written };
}

const isPlain = (argument: Expression): boolean =>
  argument.kind === 'column' ||
  (argument.kind === 'cast' && isTextType(argument.type) && argument.of[0]?.kind === 'column');

/** Of numbers; of times they depend on the time zone. */
const arithmetic = /^(?:[-+*]|\|\|)$/;

const isNumeric = (type: string): boolean =>
  /^(?:u?int\d?|smallint|integer|bigint|numeric|decimal|real|double.*|float\d?)$/.test(type);

/** Whole numbers and times without a zone are written in one way. */
const isSteady = (from: string, to: string): boolean =>
  (/^(?:u?int\d?|smallint|integer|bigint|int\d)$/.test(from) &&
    /^(?:text|numeric|bigint|integer|character varying)$/.test(to)) ||
  (/^timestamp(?: without time zone)?$/.test(from) && to === 'date');
