import type { Case } from './case.ts';

/**
 * Which cases share a copy of their world. What changes a copy (a defect that is injected, a
 * statement that writes) shares it with no other case of the same tables; and no copy has two cases
 * with one text, so that what a server counts is of one case. Cases that change nothing share
 * copies in which nothing is injected.
 */
export function shareCopies(cases: readonly Case[]): Case[][] {
  const changing = cases.filter(changes);
  const reading = cases.filter((each) => !changes(each));
  return [...paint(reading, sameText), ...paint(changing, meet)];
}

/** Greedy colouring: each goes to the first copy where nobody is in its way. */
function paint(cases: readonly Case[], inTheWay: (a: Case, b: Case) => boolean): Case[][] {
  const copies: Case[][] = [];
  for (const each of cases) {
    const free = copies.find((copy) => !copy.some((other) => inTheWay(each, other)));
    if (free) free.push(each);
    else copies.push([each]);
  }
  return copies;
}

const writing = /^\s*(insert|update|delete|merge|replace)\b/i;
export const writes = ({ calls }: Case): boolean => calls.some((call) => writing.test(call));
export const changes = (it: Case): boolean => it.inject.length > 0 || writes(it);

const meet = (a: Case, b: Case): boolean =>
  a.tables.some((table) => b.tables.includes(table)) || sameText(a, b);

const sameText = (a: Case, b: Case): boolean => {
  const forms = new Set(a.calls.map(formOf));
  return b.calls.some((call) => forms.has(formOf(call)));
};

/** Roughly as servers tell statements apart: without values, lists as one. */
export const formOf = (sql: string): string =>
  sql
    .toLowerCase()
    .replaceAll(/'(?:[^']|'')*'/g, '?')
    .replaceAll(/\b\d+(?:\.\d+)?\b/g, '?')
    .replaceAll(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, '(?)')
    .replaceAll(/\s+/g, ' ')
    .trim();
