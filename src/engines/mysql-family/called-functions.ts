import { mysqlIdentifier } from '../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import { insertModifiers } from './shape/words.ts';
import { isWord } from './words.ts';

/**
 * A name in quotes calls a function as well, and a blank before the parenthesis changes nothing.
 */
export function calledFunctions(tokens: readonly Token[]): string[] {
  const target = insertedInto(tokens);
  return tokens.flatMap((token, i) => {
    if (isNextValue(tokens, i)) return ['nextval'];
    if (i === target || !isCall(tokens, i)) return [];
    const name = mysqlIdentifier(token).toLowerCase();
    return tokens[i - 1]?.text === '.' ? [name, stored(name)] : [name];
  });
}

/**
 * The table of an INSERT, of which the columns stand in parentheses. By its place: behind
 * `SELECT HIGH_PRIORITY` a name calls a function.
 */
function insertedInto(tokens: readonly Token[]): number | undefined {
  if (!isWord(tokens[0], 'insert', 'replace')) return undefined;
  const name = tokens.findIndex((token, i) => i > 0 && !isWord(token, ...beforeTable));
  return tokens[name + 1]?.text === '.' ? name + 2 : name;
}

const beforeTable = ['into', ...insertModifiers];

/** The servers print a view's calls of their own functions without quotes, and no others. */
export const calledByView = (tokens: readonly Token[]): string[] => [
  ...calledFunctions(tokens),
  ...tokens.flatMap((token, i) =>
    token.kind === 'quoted' && isCall(tokens, i) && !namesColumns(tokens[i - 1])
      ? [stored(mysqlIdentifier(token).toLowerCase())]
      : [],
  ),
];

/** `(SELECT …) AS d (a, b)`. */
const namesColumns = (before: Token | undefined) => before?.text === ')' || isWord(before, 'as');

const isCall = (tokens: readonly Token[], i: number) =>
  (tokens[i]?.kind === 'word' || tokens[i]?.kind === 'quoted') &&
  tokens[i + 1]?.text === '(' &&
  !isColumnList(tokens, i + 1);

/** It may have the name of one of the server's own, and is none: no list is asked. */
const stored = (name: string) => `\`${name}\``;
export const isStored = (name: string): boolean => name.startsWith('`');

/** `WITH name (column, …) AS (SELECT …)`. */
function isColumnList(tokens: readonly Token[], open: number): boolean {
  let end = open + 1;
  while (end < tokens.length && !/^[()]$/.test(tokens[end]?.text ?? '')) end += 1;
  return (
    tokens[end]?.text === ')' && isWord(tokens[end + 1], 'as') && tokens[end + 2]?.text === '('
  );
}

/** `NEXT VALUE FOR sequence`; Oracle's `sequence.NEXTVAL`. */
const isNextValue = (tokens: readonly Token[], i: number) =>
  (isWord(tokens[i], 'next') && isWord(tokens[i + 1], 'value') && isWord(tokens[i + 2], 'for')) ||
  (isWord(tokens[i], 'nextval') && tokens[i - 1]?.text === '.');

/** What every server has itself, and what is no function: of others is asked. */
export const common: ReadonlySet<string> = new Set(
  (
    'abs,adddate,all,and,any,as,ascii,avg,between,bit_and,bit_or,bit_xor,by,case,cast,ceil,' +
    'ceiling,char,char_length,coalesce,concat,concat_ws,convert,count,crc32,curdate,' +
    'current_date,current_time,current_timestamp,current_user,curtime,database,date,date_add,' +
    'date_format,date_sub,datediff,day,dayofmonth,dayofweek,dayofyear,dense_rank,distinct,' +
    'div,elt,else,except,exists,extract,field,find_in_set,first_value,floor,format,from,' +
    'from_days,from_unixtime,greatest,group_concat,having,hex,hour,if,ifnull,in,index,insert,' +
    'instr,intersect,interval,into,is,isnull,join,json_array,json_arrayagg,json_contains,' +
    'json_extract,json_length,json_object,json_objectagg,json_table,json_unquote,key,lag,' +
    'last_day,last_insert_id,last_value,lcase,lead,least,left,length,like,limit,ln,locate,' +
    'log,lower,lpad,ltrim,match,against,max,md5,min,minute,mod,month,not,now,ntile,nullif,on,' +
    'or,order,over,partition,position,pow,power,quarter,rand,rank,regexp_replace,repeat,' +
    'replace,reverse,right,round,row,row_number,rpad,rtrim,second,select,set,sha1,sha2,sign,' +
    'some,sqrt,std,stddev,str_to_date,subdate,substr,substring,substring_index,sum,sysdate,' +
    'table,then,time,timediff,timestamp,timestampadd,timestampdiff,to_days,trim,truncate,' +
    'ucase,union,unix_timestamp,upper,user,using,utc_date,utc_time,utc_timestamp,uuid,value,' +
    'values,variance,version,week,weekday,when,where,with,xor,year'
  ).split(','),
);

export const isUncommon = (name: string): boolean => !common.has(name);
