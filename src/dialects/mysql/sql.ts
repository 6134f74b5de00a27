import type { SqlWords } from '../dialect.ts';
import { type CallKeys, familySql, quote, withoutLength } from '../mysql-family/sql.ts';

const datePart = new Set([
  ...'date year quarter month day dayofmonth dayofyear'.split(' '),
  ...'hour minute second'.split(' '),
]);

/** The value must have a length, and be the same on every day and in every session. */
const keysOfCalls: CallKeys = (keys, columns) => {
  const sound = keys.every(({ function: call }, i) => {
    const type = columns[i]?.type ?? '';
    return (
      call === undefined ||
      (!withoutLength.test(type) && (!datePart.has(call) || type === 'date' || type === 'datetime'))
    );
  });
  if (!sound) return undefined;
  return keys
    .map(({ function: call }, i) => {
      const name = quote(columns[i]?.name ?? '');
      return call ? `(${call}(${name}))` : name;
    })
    .join(', ');
};

export const mysqlSql: SqlWords = {
  ...familySql(keysOfCalls),
  indexableCalls: new Set([
    ...'lower upper lcase ucase trim ltrim rtrim reverse hex ascii'.split(' '),
    ...'length char_length character_length md5 sha1 crc32'.split(' '),
    ...'abs floor ceil ceiling sign'.split(' '),
    ...datePart,
  ]),
  expressionIndexAdvice:
    'Or an index on the expression exactly as the statement has it, ' +
    'given a length where it is a text.',
  documentAdvice:
    'An index on the expression with its path (for MEMBER OF and JSON_CONTAINS a multi-valued ' +
    'one: CAST(… AS … ARRAY)), written in the statement just as in the index.',
};
