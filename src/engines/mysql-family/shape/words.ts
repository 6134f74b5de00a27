import { mysqlIdentifier } from '../../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../../dialects/token.ts';
import type { NamedColumn } from '../../../model/query-shape.ts';

/** Which words are names, of tables and columns, and which are calls. */
const keywords = new Set(
  (
    'select,from,where,and,or,not,in,is,null,like,between,exists,case,when,then,else,end,' +
    'as,on,using,join,inner,outer,left,right,cross,natural,straight_join,group,by,having,' +
    'order,limit,offset,union,all,distinct,set,values,value,into,' +
    'update,delete,insert,replace,for,lock,partition,use,force,ignore,index,key,with,' +
    'recursive,asc,desc,interval,regexp,rlike,div,mod,xor,any,some,window,over,lateral,' +
    'low_priority,quick,duplicate,except,intersect'
  ).split(','),
);
/** Keywords that are functions where a bracket follows. */
const callable = new Set(['left', 'right', 'replace', 'mod']);
/** Words that stand where a column could, and are none. */
const constants = new Set(
  (
    'true,false,unknown,default,binary,row,both,leading,trailing,separator,escape,collate,' +
    'match,against,member,of,boolean,language,mode,rollup,current_date,current_time,' +
    'current_timestamp,current_user,localtime,localtimestamp,utc_date,utc_time,utc_timestamp'
  ).split(','),
);
const units = new Set(
  'microsecond,second,minute,hour,day,week,month,quarter,year,day_hour,year_month'.split(','),
);

export const aggregateNames: ReadonlySet<string> = new Set(
  (
    'count,sum,min,max,avg,group_concat,json_arrayagg,json_objectagg,bit_and,bit_or,bit_xor,' +
    'std,stddev,stddev_pop,stddev_samp,variance,var_pop,var_samp,any_value'
  ).split(','),
);

/** Between INSERT or REPLACE and its table, or its INTO. */
export const insertModifiers: ReadonlySet<string> = new Set(
  'low_priority,high_priority,delayed,ignore'.split(','),
);

export const isName = (token: Token | undefined): token is Token =>
  token !== undefined &&
  (token.kind === 'quoted' || (token.kind === 'word' && !token.text.startsWith('@')));

export const isPlainName = (token: Token | undefined): token is Token =>
  isName(token) && !(token.kind === 'word' && keywords.has(token.text.toLowerCase()));

/** A word before a bracket that is a function. */
export const isCallName = (tokens: readonly Token[], i: number): boolean => {
  const token = tokens[i];
  if (tokens[i + 1]?.text !== '(' || token?.kind !== 'word') return false;
  return callable.has(token.text.toLowerCase()) || isPlainName(token);
};

export const isValue = (token: Token | undefined): boolean =>
  token !== undefined &&
  (token.kind === 'string' ||
    token.kind === 'number' ||
    token.kind === 'param' ||
    token.text.startsWith('@'));

/** A name of a column begins at `i`: no call, no type, no unit, no character set, no alias. */
export function isColumnAt(tokens: readonly Token[], words: readonly string[], i: number): boolean {
  const token = tokens[i];
  if (!isPlainName(token) || constants.has(words[i] ?? '')) return false;
  const [before, after] = [tokens[i - 1], tokens[i + 1]];
  if (after?.text === '(' || after?.kind === 'string' || before?.text === '.') return false;
  if (after?.text === '.' && !isName(tokens[i + 2])) return false;
  if (words[i - 1] === 'as' || words[i - 1] === 'using' || words[i - 1] === 'collate') return false;
  // `INTERVAL 1 day`, `(SELECT …) d`: a name behind what has ended.
  if (isValue(before) || before?.text === ')' || isColumnEnd(before)) return false;
  const unit = units.has(words[i] ?? '') && before?.text === '(';
  return !(unit && (words[i + 1] === 'from' || (words[i - 2] ?? '').startsWith('timestamp')));
}

const isColumnEnd = (token: Token | undefined) =>
  isPlainName(token) && !constants.has(token.text.toLowerCase());

/** The column whose name begins at `start`, and the token behind it. */
export function columnAt(tokens: readonly Token[], start: number): [NamedColumn, number] {
  let last = start;
  while (tokens[last + 1]?.text === '.' && isName(tokens[last + 2])) last += 2;
  const column = mysqlIdentifier(tokens[last] as Token);
  const qualifier = last > start ? mysqlIdentifier(tokens[last - 2] as Token) : undefined;
  return [qualifier === undefined ? { column } : { column, qualifier }, last + 1];
}
