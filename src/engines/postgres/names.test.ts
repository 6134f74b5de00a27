import { beforeAll, describe, expect, it } from 'vitest';
import { parseStatement, ready } from './parse.ts';
import { qualify, saysSo } from './qualify.ts';

beforeAll(() => ready);

function parsed(text: string) {
  const read = parseStatement(text, 65_536);
  if (read.kind === 'refused') throw new Error(read.code);
  return read;
}

describe('which names mean a CTE goes by scope', () => {
  it.each([
    ['WITH v AS (SELECT 1) SELECT * FROM v', []],
    ['WITH v AS (SELECT * FROM v) SELECT * FROM v', ['v']],
    ['WITH RECURSIVE v AS (SELECT * FROM v) SELECT * FROM v', []],
    ['SELECT * FROM v, (WITH v AS (SELECT 1) SELECT * FROM v) q', ['v']],
    ['WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM b', ['b']],
    ['(WITH v AS (SELECT 1) SELECT * FROM v) UNION SELECT * FROM v', ['v']],
    ['WITH v AS (SELECT 1) SELECT * FROM s.v', ['v']],
    ['WITH v AS (SELECT 1) INSERT INTO v SELECT * FROM v', ['v']],
    ['SELECT * FROM t AS x FOR UPDATE OF x', ['t']],
    ['WITH v AS (SELECT 1) SELECT (SELECT count(*) FROM v), (SELECT 1 FROM w)', ['w']],
  ])('%s', (text, relations) =>
    expect(parsed(text).relations.map(({ name }) => name)).toEqual(relations),
  );
});

const everywhere = (text: string): string => {
  const { sites } = parsed(text);
  const schemas = sites.map((site) => (site.schema || site.at === undefined ? undefined : 'S'));
  const written = qualify(text, sites, schemas);
  if (written === undefined) throw new Error('cannot be qualified');
  expect(saysSo(parsed(written).sites, sites, schemas)).toBe(true);
  return written;
};

describe('names are qualified where they stand', () => {
  it.each([
    ['SELECT f(a) FROM ONLY t, "T""x" y', 'SELECT "S".f(a) FROM ONLY "S".t, "S"."T""x" y'],
    [
      'SELECT $1::c[] COLLATE "é", c \'ä\' FROM tä',
      'SELECT $1::"S".c[] COLLATE "S"."é", "S".c \'ä\' FROM "S".tä',
    ],
    [
      'SELECT 1 FROM t WHERE a @> b ORDER BY c USING <<<',
      'SELECT 1 FROM "S".t WHERE a OPERATOR("S".@>) b ORDER BY c USING OPERATOR("S".<<<)',
    ],
    [
      'SELECT * FROM t TABLESAMPLE m(1), f(1) AS (a c)',
      'SELECT * FROM "S".t TABLESAMPLE "S".m(1), "S".f(1) AS (a "S".c)',
    ],
    [
      'UPDATE t SET a = f(1) FROM u RETURNING a',
      'UPDATE "S".t SET a = "S".f(1) FROM "S".u RETURNING a',
    ],
    [
      'SELECT JSON_VALUE(a, $1 RETURNING c) FROM t',
      'SELECT JSON_VALUE(a, $1 RETURNING "S".c) FROM "S".t',
    ],
  ])('%s', (text, wanted) => expect(everywhere(text)).toBe(wanted));

  it('or not at all', () => {
    const text = String.raw`SELECT 1 FROM U&"\0074"`;
    expect(qualify(text, parsed(text).sites, ['S'])).toBeUndefined();
  });
});
