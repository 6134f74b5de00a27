import { expect, it } from 'vitest';
import { readOtherwise } from './name-encoding.ts';
import { type ParsedStatement, parseStatement, ready } from './parse.ts';

await ready;
const read = (name: string, encoding: string, locale = 'C', schemas: string[] = []) =>
  readOtherwise(parseStatement(`SELECT 1 FROM ${name}`, 65_536) as ParsedStatement, schemas, {
    encoding,
    locale,
  });

it('a name that the server may fold or cut otherwise than our parser is told', () => {
  const long = 'имя'.repeat(12);
  expect(read(long, 'UTF8', 'ru_RU.UTF-8')).toBeUndefined();
  expect(read(long, 'WIN1251')).toBeDefined();
  expect(read(`a.${long}`, 'SQL_ASCII')).toBeDefined();
  expect(read(`${long}.a`, 'WIN1251')).toBeDefined();
  expect(read('ИМЯ', 'WIN1251', 'ru_RU.CP1251')).toBe('ИМЯ');
  expect(read('имя', 'WIN1251', 'ru_RU.CP1251')).toBeUndefined();
  expect(read('ИМЯ', 'WIN1251', 'C')).toBeUndefined();
  expect(read('имя', 'SQL_ASCII', 'de_DE.ISO-8859-1')).toBe('имя');
  expect(read('имя', 'SQL_ASCII', 'de_DE.utf8')).toBeUndefined();
  expect(read('orders', 'SQL_ASCII', 'de_DE.ISO-8859-1')).toBeUndefined();
  expect(read('ĀāĂăĄąĆćĈĉĊċČčĎď', 'EUC_JP')).toBeDefined();
  expect(read('名前', 'EUC_JP')).toBeUndefined();
  expect(read('t', 'EUC_JP', 'C', ['pg_catalog', '∵'])).toBe('∵');
});
