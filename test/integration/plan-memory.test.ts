import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** What a server prints as a plan is bounded in bytes; so is what becomes of it in memory. */
const scan = { 'Node Type': 'Seq Scan', 'Relation Name': 'a', 'Total Cost': 9, 'Plan Rows': 5 };
/** So deep, with a text at its end that is almost as long as an answer may be. */
const deep = (levels: number, text: string) =>
  `[{"Plan":${'{"Node Type":"Nested Loop","Plans":['.repeat(levels)}` +
  JSON.stringify({ ...scan, Filter: text }) +
  `,${JSON.stringify(scan)}]}`.repeat(levels) +
  '}]';
/** In a process that has as much memory as is told. */
const readWithin = (memory_mb: number, text: string): string =>
  execFileSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      `--max-old-space-size=${memory_mb}`,
      '--input-type=module',
      '--eval',
      `import { text } from 'node:stream/consumers';
       import { readAnyPlan } from '${new URL('../../src/dialects/read-any.ts', import.meta.url)}';
       try { console.log(readAnyPlan(await text(process.stdin)).totals.nodes); }
       catch ({ code }) { console.log(code); }`,
    ],
    { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] },
  ).trim();

describe('within some memory, a text', () => {
  it('that lists tables, each a level of the plan, is refused', () => {
    const tables = Array.from({ length: 20_000 }, () => ({ table: {} }));
    const text = JSON.stringify({ query_block: { nested_loop: tables } });
    expect(readWithin(192, text)).toBe('too_large');
  });
  it('that holds a long condition below hundreds of joins is read', () => {
    expect(readWithin(192, deep(290, `(${'a'.repeat(900_000)} = 1)`))).toBe('581');
  });
});
