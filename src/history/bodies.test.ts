import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { contextOf, explained } from '../../test/support/batch.ts';
import { compressJson } from '../base/node/compress.ts';
import { isExplained } from '../model/batch.ts';
import { contextIsOld, mostFacts, readBody, writeBody } from './bodies.ts';

const query = explained('f1');
if (!isExplained(query)) throw new Error('it has a plan');
const { plan } = query.result;
const day = 24 * 3_600_000;

it('a plan comes back as it went, with what it was judged by', () => {
  const context = { ...contextOf('a'), settings: { work_mem: '4MB' } };
  expect(readBody(writeBody({ plan, context }))).toEqual({ plan, context });
  expect(readBody(writeBody({ plan }))).toEqual({ plan });
  expect(readBody(deflateSync(JSON.stringify(plan)))).toEqual({ plan });
});
it('facts of very many tables are left out, the shape is not', () => {
  const { shape, facts } = contextOf('a');
  const many = Array.from({ length: mostFacts }, () => facts).flat();
  expect(readBody(writeBody({ plan, context: { facts: many } })).context).toEqual({ facts: [] });
  const columns = Array.from({ length: mostFacts }, (_, i) => ({ name: `c${i}`, type: 'int' }));
  const wide = facts.map((each) => ({ ...each, columns }));
  const context = shape ? { shape, facts: wide } : { facts: wide };
  expect(readBody(writeBody({ plan, context })).context).toEqual({ shape, facts: [] });
  expect(
    readBody(writeBody({ plan, context: { facts: many.slice(0, 2_500) } })).context?.facts.length,
  ).toBe(2_500);
});
it.each([
  ['no plan', { a: 1 }],
  ['a plan of another model', { ...plan, planModel: 2 }],
  ['facts that are none', { ...plan, context: { facts: 3 } }],
  ['settings that are none', { ...plan, context: { facts: [], settings: 'x' } }],
  ['a list', [plan]],
])('what is %s is said', (_, document) => {
  expect(() => readBody(compressJson(document))).toThrow('this version cannot read');
});
it('facts are those of the day', () => {
  expect([undefined, 0, 1].map((at) => contextIsOld(at, day))).toEqual([true, true, false]);
});
