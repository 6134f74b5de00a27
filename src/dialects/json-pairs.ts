import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { AppError } from '../base/errors.ts';
import { lineAt } from './xml.ts';

/**
 * JSON whose objects may repeat a key: MariaDB prints several `table`s side by side, and JSON.parse
 * keeps the last of them only. An object is the list of its pairs, in order.
 */
export type Json = string | number | boolean | null | Json[] | Pairs;
export interface Pairs {
  pairs: [key: string, value: Json][];
}

export const isPairs = (value: Json | undefined): value is Pairs =>
  typeof value === 'object' && value !== null && 'pairs' in value;

/** Throws AppError('unparsable') for what is no JSON object. */
export function parsePairs(text: string): Pairs {
  // What is no JSON at all would be an error for each of its words.
  if (!/^\s*[[{]/.test(text)) throw new AppError('unparsable', 'not a JSON plan');
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  const value = tree && errors.length === 0 ? convert(tree) : undefined;
  if (isPairs(value)) return value;
  throw brokenJson(text, errors) ?? new AppError('unparsable', 'not a JSON plan');
}

/** What is wrong with a text that is no JSON, and in which line; undefined: it is. */
export function brokenJson(text: string, known?: readonly ParseError[]): AppError | undefined {
  const errors: ParseError[] = [];
  if (!known) parseTree(text, errors, { disallowComments: true });
  const [broken] = known ?? errors;
  return (
    broken && new AppError('unparsable', wordsOf(broken), { line: lineAt(text, broken.offset) })
  );
}

const wordsOf = ({ error }: ParseError): string =>
  printParseErrorCode(error) === 'EndOfFileExpected'
    ? 'the JSON has ended before: give one plan at a time, and nothing below it'
    : 'not JSON: a value, a comma or a bracket is missing';

function convert(node: Node): Json {
  switch (node.type) {
    case 'object':
      return {
        pairs: (node.children ?? []).map(({ children = [] }) => [
          String(children[0]?.value),
          convert(children[1] as Node),
        ]),
      };
    case 'array':
      return (node.children ?? []).map(convert);
    default:
      return node.value as string | number | boolean | null;
  }
}

export const get = ({ pairs }: Pairs, key: string): Json | undefined =>
  pairs.find(([name]) => name === key)?.[1];
export const getPairs = (pairs: Pairs, key: string): Pairs | undefined => {
  const value = get(pairs, key);
  return isPairs(value) ? value : undefined;
};
export const getText = (pairs: Pairs, key: string): string | undefined => {
  const value = get(pairs, key);
  return typeof value === 'string' ? value : undefined;
};
/** A number, or a text that is one: MySQL prints its costs as texts. */
export const getNumber = (pairs: Pairs, key: string): number | undefined => {
  const value = get(pairs, key);
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};
export const isSet = (pairs: Pairs, key: string): boolean => {
  const value = get(pairs, key);
  return value === true || value === 1;
};
export const getTexts = (pairs: Pairs, key: string): string[] => {
  const value = get(pairs, key);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
};
