import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { canonicalExpression, columnsOf } from '../../src/dialects/expression.ts';
import { readMariadbJson } from '../../src/dialects/mariadb/plan-json.ts';
import { literalWords } from '../../src/dialects/mysql-family/known-literals.ts';
import { isCut, tokenizeMysql } from '../../src/dialects/mysql-family/lexer.ts';
import { mysqlPredicate } from '../../src/dialects/mysql-family/predicate.ts';
import {
  redactMysql,
  redactMysqlExpression,
  statementKey,
} from '../../src/dialects/mysql-family/text.ts';
import { tokenize } from '../../src/dialects/postgres/lexer.ts';
import { redactSql } from '../../src/dialects/postgres/redact.ts';
import { tokenizeSpelled } from '../../src/dialects/spelled.ts';
import { summarizeSql } from '../../src/dialects/summarize-sql.ts';
import { guard } from '../../src/engines/mysql-family/guard.ts';
import { parseStatement, ready } from '../../src/engines/postgres/parse.ts';
import { makeTemplate } from '../../src/engines/postgres/repair.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import { adversarialTexts } from '../support/adversarial.ts';
import { processorTime } from '../support/pace.ts';

/**
 * Whatever is read of others is read in time proportional to its length: of one thread, all targets
 * live.
 */
beforeAll(() => ready);

const large = 1_000_000;
const unlessRefused = (read: () => unknown) => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return undefined;
  }
};
const readers: Record<string, (text: string) => unknown> = {
  tokenize,
  tokenizeMysql: (text) => tokenizeMysql(text).some((token) => isCut(token)),
  redactSql: (text) => summarizeSql(redactSql(text), 100),
  canonicalExpression: (text) => canonicalExpression(tokenize(text)),
  columnsOf: (text) => columnsOf(tokenize(text)),
  redactMysql,
  redactMysqlExpression,
  statementKey,
  tokenizeSpelled,
  literalWords,
  mysqlPredicate,
  guard: (text) => guard(text, { bytes: large, sampleLength: large }),
  'MariaDB’s plan': (text) =>
    unlessRefused(() =>
      readMariadbJson(
        `{\n  "query_block": {\n    "table": {\n      "attached_condition": "${text}"\n` +
          '    }\n  }\n}',
      ),
    ),
  'PostgreSQL’s parser': (text) => {
    const parsed = parseStatement(text, large);
    return parsed.kind === 'refused' ? parsed : makeTemplate(text, parsed);
  },
  manifests: readManifests,
};

/**
 * What this thread itself worked, at the least of some runs: other processes and the collection of
 * garbage are not counted.
 */
function least_ms(read: () => unknown, runs: number): number {
  return Math.min(...Array.from({ length: runs }, () => processorTime(read)));
}

const size = 4_000;
/**
 * Four times the text takes four times as long; sixteen times where a reader is quadratic. A
 * quadratic one takes seconds for the longer text, not this.
 */
const growthLimit = 10;
const negligible_ms = 40;

const small = adversarialTexts(size);
const fourfold = adversarialTexts(4 * size);

describe.each(Object.entries(readers))('%s', (_, read) => {
  it('takes four times as long for four times as much', () => {
    const quadratic = fourfold.flatMap(({ name, text }, i) => {
      if (least_ms(() => read(text), 1) < negligible_ms) return [];
      const more = least_ms(() => read(text), 2);
      if (more < negligible_ms) return [];
      const growth = more / least_ms(() => read(small[i]?.text ?? ''), 2);
      return growth > growthLimit
        ? [`${name}: ${growth.toFixed(1)} times, ${more.toFixed(0)} ms`]
        : [];
    });
    expect(quadratic).toEqual([]);
  });
});

describe('texts of 64 KiB', () => {
  it.each(['/*', '/*/', '+/**/', '@'])(
    '%s again and again: refused or read within a moment',
    (piece) => {
      const text = `SELECT 1 ${piece.repeat(32_000)}`;
      for (const read of Object.values(readers))
        expect(least_ms(() => read(text), 1)).toBeLessThan(1_000);
    },
  );
  it('nested comments: refused before the parser, which would need ten seconds', () => {
    const text = `SELECT 1 ${'/*'.repeat(16_000)}${'*/'.repeat(16_000)}`;
    expect(parseStatement(text, large)).toEqual({
      kind: 'refused',
      code: 'too_large',
      detail: expect.stringContaining('nested'),
    });
    expect(parseStatement(`SELECT 1 /*${'*'.repeat(60_000)}*/`, large).kind).toBe('parsed');
    expect(parseStatement(`SELECT 1 -- ${'-'.repeat(60_000)}`, large).kind).toBe('parsed');
    expect(parseStatement(`SELECT 1 ${'/* a /* b */ */'.repeat(2_000)}`, large).kind).toBe(
      'parsed',
    );
  });
});
