import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { createFaultHandler, workOf } from '../../src/base/node/faults.ts';
import { createLogger } from '../../src/base/node/logger.ts';
import type { PlanSource } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import { readManifestFile } from '../../src/targets/files/read-folder.ts';
import { yamlBomb } from '../support/yaml-bomb.ts';

/**
 * What others write and we read: a plan, a manifest; and a library that throws. Each is one thing's
 * failure.
 */
const source: PlanSource = {
  engineVersion: '18',
  namespace: 'shop',
  collectedAt: 0,
  parameters: 'generic',
  fingerprint: { value: 'f', algorithm: 'libpg_query' } as unknown as PlanSource['fingerprint'],
};

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof AppError ? error.code : `raw ${(error as Error).name}`;
  }
}

describe('a plan', () => {
  const node = '"Node Type": "Result"';
  const postgres: Record<string, [string, string]> = {
    'a node that is null': [`[{"Plan": {${node}, "Plans": [null]}}]`, 'unparsable'],
    'nodes that are a text': [`[{"Plan": {${node}, "Plans": "x"}}]`, 'unparsable'],
    'a node without a type': [`[{"Plan": {${node}, "Plans": [{}]}}]`, 'unparsable'],
    '4,000 levels': [
      `[{"Plan": ${`{${node}, "Plans": [`.repeat(4_000)}{${node}}${']}'.repeat(4_000)}}]`,
      'too_large',
    ],
    '100,000 brackets': ['['.repeat(100_000), 'too_large'],
    'an infinite cost': [`[{"Plan": {${node}, "Total Cost": 1e400}}]`, 'unparsable'],
    'an infinite count of rows': [
      `[{"Plan": {${node}, "Actual Loops": 1, "Actual Rows": 1e999}}]`,
      'unparsable',
    ],
    'settings that are a list': [`[{"Plan": {${node}}, "Settings": [null], "JIT": null}]`, 'read'],
    'a JIT that is a text': [`[{"Plan": {${node}}, "JIT": "x", "Planning Time": 1e400}]`, 'read'],
    'wrong types everywhere': [
      `[{"Plan": {${node}, "Sort Key": 5, "Filter": {}, "Alias": [], "Total Cost": "x", ` +
        '"Plan Rows": null}}]',
      'read',
    ],
    'no plan': ['null', 'unparsable'],
    nothing: ['', 'unparsable'],
  };
  it.each(Object.entries(postgres))('of PostgreSQL with %s', (_, [json, code]) => {
    expect(codeOf(() => dialects.postgres.readPlan(json, source))).toBe(code);
  });
  const family: Record<string, string> = {
    'a table that is null': '{"query_block": {"table": null}}',
    'tables that are numbers': '{"query_block": {"nested_loop": [1, null, "x", []]}}',
    'an infinite cost':
      '{"query_block": {"cost_info": {"query_cost": 1e400}, "table": {"rows": 1e400, ' +
      '"cost": 1e999, "access_type": "ALL"}}}',
    '4,000 levels': `{"query_block": ${'{"materialization": '.repeat(4_000)}{}${'}'.repeat(4_001)}`,
    '4,000 levels of the tree':
      '{"query_plan": ' +
      `${'{"operation": "x", "inputs": ['.repeat(4_000)}{}${']}'.repeat(4_000)}}`,
    'inputs that are none':
      '{"query_plan": {"operation": "x", "inputs": [null, 1], "inputs_from_x": [[], null]}}',
    'no query block': '{}',
    nothing: '',
  };
  it.each(Object.entries(family))('of MySQL and MariaDB with %s: read, or a code', (_, json) => {
    for (const assemble of [dialects.mysql.readPlan, dialects.mariadb.readPlan])
      expect(['read', 'unparsable', 'too_large']).toContain(codeOf(() => assemble(json, source)));
  });
  const deep = 60_000;
  const plansEnd = '</Plans></Plan>';
  const xml = (plan: string) =>
    `<explain xmlns="http://www.postgresql.org/2009/explain"><Query>${plan}</Query></explain>`;
  const nested = (open: string, close: string) => open.repeat(deep) + close.repeat(deep);
  it.each([
    ['of PostgreSQL', `[{"Plan": ${nested(`{${node}, "Plans": [`, ']}')}}]`],
    ['of PostgreSQL in XML', xml(nested('<Plan><Node-Type>Limit</Node-Type><Plans>', plansEnd))],
    ['of MySQL and MariaDB', `{"query_block": ${nested('{"materialization": ', '}')}}`],
    ['of MySQL’s second format', `{"query_plan": ${nested('{"inputs": [', ']}')}}`],
  ])('%s with 60,000 levels is refused by its depth, whoever is asked', (_, text) => {
    const { postgres, mysql, mariadb } = dialects;
    const readers = text.startsWith('{') ? [mysql, mariadb] : [postgres];
    for (const { readPlan } of readers)
      expect(codeOf(() => readPlan(text, source))).toBe('too_large');
    expect(codeOf(() => readAnyPlan(text))).toBe('too_large');
  });
  it('whatever the types of its values', () => {
    const values = [
      'null',
      '1e400',
      '"x"',
      '[]',
      '{}',
      '[null]',
      '[[]]',
      'true',
      '-1',
      '{"a": null}',
    ];
    const keys = [
      'Plans',
      'Output',
      'Group Key',
      'Workers',
      'Workers Planned',
      'Index Name',
      'Subplan Name',
      'Parent Relationship',
      'Strategy',
      'Shared Hit Blocks',
    ];
    for (const key of keys)
      for (const value of values) {
        const code = codeOf(() =>
          dialects.postgres.readPlan(
            `[{"Plan": {${node}, "${key}": ${value}}, "Settings": ${value}, "JIT": ${value}}]`,
            source,
          ),
        );
        expect(['read', 'unparsable'], `${key}: ${value}`).toContain(code);
      }
  });
});

describe('a manifest', () => {
  const target = (name: string) => `apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: ${name} }
spec:
  engine: postgres
  connection: { host: h, database: d, credentials: { secretRef: { name: s } } }
`;
  const bomb = yamlBomb('abcdefgh');
  const traps: Record<string, [string, number]> = {
    'an alias of nothing': ['\nkind: *x\n', 2],
    'a bomb of aliases': [bomb, 1],
    '101 aliases': [`a: &a 1\nb: [${'*a, '.repeat(101)}]\n`, 2],
    '8,000 keys': [Array.from({ length: 8_000 }, (_, i) => `k${i}: 1\n`).join(''), 1],
    'brackets without end': [`a: ${'['.repeat(100_000)}\n`, 1],
    'deep nesting': [`a: ${'{a: '.repeat(2_000)}1${'}'.repeat(2_000)}\n`, 1],
    'maps in lists in one line': [`${'- '.repeat(3_000)}x\n`, 1],
  };
  it.each(Object.entries(traps))(
    '%s: a mistake with its line; the documents beside it are read',
    (_, [text, line]) => {
      const read = readManifests(`${target('one')}---\n${text}---\n${target('two')}`);
      const first = read.mistakes[0];
      expect(first).toMatchObject({ message: expect.any(String) });
      expect(first?.line).toBeGreaterThanOrEqual(4 + line);
      if (!read.refusal || text.length < 50_000)
        expect(read.resources.map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);
    },
  );
  it('4 MB of brackets: refused at once', () => {
    expect(readManifests('['.repeat(4_000_000))).toMatchObject({
      refusal: expect.stringContaining('larger'),
      mistakes: [{ line: 1 }],
    });
  });
  it('a thousand mistakes are told as a hundred and how many more', () => {
    const { mistakes } = readManifests(
      Array.from({ length: 1_000 }, () => 'kind: Pod\n').join('---\n'),
    );
    expect(mistakes).toHaveLength(101);
    expect(mistakes.at(-1)?.message).toBe('and 900 more mistakes');
  });
  it('a file that cannot be read is that file’s mistake', async () => {
    expect(await readManifestFile('/nowhere/x.yaml')).toMatchObject({
      targets: [],
      mistakes: [{ line: 1, message: expect.stringContaining('ENOENT') }],
    });
    expect((await readManifestFile('/dev/zero')).mistakes).toMatchObject([
      { message: 'is no file' },
    ]);
  });
});

describe('a library that throws where nobody catches', () => {
  const faults = (strays: number) => {
    const lines: string[] = [];
    let [now, broken] = [0, 0];
    const handle = createFaultHandler({
      logger: createLogger('error', { write: (line) => void lines.push(line) }),
      monotonic: () => now,
      strays,
      onBroken: () => {
        broken += 1;
      },
    });
    return { handle, lines, at: (ms: number) => (now = ms), broken: () => broken };
  };
  it('ends the work of the target that it happened in, and is told once', () => {
    const { handle, lines, broken } = faults(3);
    const ended: AppError[] = [];
    workOf({ target: 'shop/orders', fault: (error) => ended.push(error) }, () => {
      for (let i = 0; i < 5; i += 1) handle(new TypeError('CANARY'));
    });
    expect(ended.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'library_fault'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('shop/orders');
    expect(lines.join() + ended.map(({ message }) => message).join()).not.toContain('CANARY');
    expect(broken()).toBe(0);
  });
  it('for no target: survived, until it repeats within a minute', () => {
    const { handle, at, broken } = faults(3);
    for (const ms of [0, 50_000, 100_000, 150_000]) {
      at(ms);
      handle(new Error('x'));
    }
    expect(broken()).toBe(0);
    handle('no error at all');
    handle(undefined);
    expect(broken()).toBe(1);
  });
});

describe('a reader that goes away', () => {
  const program = fileURLToPath(new URL('../../bin/dbintel', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-epipe-'));
  for (let i = 0; i < 60; i += 1)
    writeFileSync(join(folder, `${i}.yaml`), 'kind: Pod\n---\n'.repeat(90));
  const commands = [
    `validate ${folder}`,
    `validate --json ${folder}`,
    'crds',
    'prerequisites --print-sql',
    '--help',
  ];
  it.each(commands)('%s | head: ends quietly', async (command) => {
    const said = await new Promise<string>((resolve) => {
      execFile(
        'bash',
        ['-c', `{ sleep 0.3; "${program}" ${command}; echo "exit \${?}" >&2; } | head -c 1`],
        (_, out, err) => resolve(out + err),
      );
    });
    expect(said).not.toContain('EPIPE');
    expect(said).not.toMatch(/^\s+at /m);
    expect(said).toMatch(/exit [01]/);
    if (command === commands.at(-1)) rmSync(folder, { recursive: true });
  });
});
