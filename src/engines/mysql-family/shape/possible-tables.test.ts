import { expect, it } from 'vitest';
import { tokenizeMysql } from '../../../dialects/mysql-family/lexer.ts';
import { possibleTables } from './possible-tables.ts';

const named = (sql: string) =>
  possibleTables(
    tokenizeMysql(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment'),
  ).map(({ schema, name }) => (schema ? `${schema}.${name}` : name));

it.each([
  'WITH away AS (SELECT d FROM away) SELECT d FROM away',
  'SELECT a FROM here, away, (WITH away AS (SELECT 1) SELECT * FROM away) q',
  'SELECT a FROM here WHERE a IN (TABLE away)',
  'SELECT a FROM here UNION TABLE away',
  'INSERT INTO here TABLE away',
  'SELECT a FROM { OJ away LEFT JOIN here ON a = d }',
  'SELECT a FROM { x away }',
  'SELECT a FROM here AS h USE INDEX (PRIMARY), away',
  'SELECT a FROM (SELECT 1) AS h (a), away',
  'SELECT a FROM here AS value, away',
  'SELECT a FROM here AS offset, away',
  'SELECT a FROM .away',
  'SELECT a FROM((here, away))',
  'REPLACE away VALUES (1)',
])('a name where a table could stand is not overlooked: %s', (sql) => {
  expect(named(sql)).toContain('away');
});

it('with its schema, and under a name that is a word elsewhere', () => {
  expect(named('SELECT a FROM `far`.`value`, offset')).toEqual(['far.value', 'offset']);
});
