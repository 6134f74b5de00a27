import type { Plugin } from 'vite';

/**
 * What a worker is built of, without what only tests and the documentation read: the cases of
 * rules, why they and their numbers are as they are, and what people are told of codes. It is more
 * than half of the code, and no page shows it.
 */
export const withoutTeaching = (): Plugin => ({
  name: 'without-teaching',
  transform: {
    filter: { id: /\/src\/(?:analysis\/(?:rules\/)?|dialects\/(?:[\w-]+\/)?|base\/)[\w-]+\.ts$/ },
    handler(code) {
      return { code: apply(code, findCuts(this.parse(code))), map: null };
    },
  },
});

interface Cut {
  start: number;
  end: number;
  by: string;
}

/** Values by their key; and the text of `threshold(value, unit, why)`. */
const emptied: Record<string, string> = {
  examples: '[]',
  why: "''",
  meaning: "''",
  remedy: "''",
};

interface Syntax {
  type: string;
  start: number;
  end: number;
  key?: { name?: string };
  value?: Syntax;
  callee?: { name?: string };
  arguments?: Syntax[];
}

const isSyntax = (value: unknown): value is Syntax =>
  typeof value === 'object' && value !== null && 'type' in value;

/** What is called while a module is loaded makes a value and does nothing else in these rooms. */
const pure = ({ start }: Syntax): Cut => ({ start, end: start, by: '/* @__PURE__ */ ' });

function findCuts(node: unknown, cuts: Cut[] = [], loading = true): Cut[] {
  if (Array.isArray(node)) for (const each of node) findCuts(each, cuts, loading);
  if (!isSyntax(node)) return cuts;
  const by = node.type === 'Property' ? emptied[node.key?.name ?? ''] : undefined;
  if (by !== undefined && node.value?.type !== 'Identifier' && node.value)
    return push(cuts, { start: node.value.start, end: node.value.end, by });
  const isCall = node.type === 'CallExpression';
  if (isCall && loading) cuts.push(pure(node));
  const why = isCall && node.callee?.name === 'threshold' ? node.arguments?.[2] : undefined;
  if (why) return push(cuts, { start: why.start, end: why.end, by: "''" });
  const below = loading && !/Function/.test(node.type);
  for (const each of Object.values(node)) findCuts(each, cuts, below);
  return cuts;
}

function push(cuts: Cut[], cut: Cut): Cut[] {
  cuts.push(cut);
  return cuts;
}

/** From the last to the first: places before stay where they are. */
const apply = (code: string, cuts: readonly Cut[]): string =>
  cuts
    .toSorted((a, b) => b.start - a.start)
    .reduce((rest, { start, end, by }) => rest.slice(0, start) + by + rest.slice(end), code);
