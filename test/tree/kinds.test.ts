import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../src/resources/kinds/index.ts';

/**
 * The next kind of resource is a folder and a line in the table. So one is added, in a copy, and
 * everything that is made of a kind must be there.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copy = mkdtempSync(join(tmpdir(), 'dbintel-kinds-'));
const node = join(root, 'node_modules/.bin/node');
/** Tests would want the tests' support. */
const isSource = (path: string) => !path.endsWith('.test.ts');
const text = (path: string) => readFileSync(join(copy, path), 'utf8');

const approval = `import * as z from 'zod';
import { defineKind } from '../../kind.ts';

export const approval = defineKind({
  kind: 'Approval',
  plural: 'approvals',
  shortName: 'appr',
  scope: 'Namespaced',
  description: 'That a proposal may be applied.',
  spec: z.strictObject({ proposal: z.string().max(64), by: z.string().max(64).default('nobody') }),
  status: z.strictObject({ applied: z.boolean().optional() }),
  columns: [{ name: 'Proposal', type: 'string', jsonPath: '.spec.proposal' }],
  selectable: [],
  rights: { verbs: ['get', 'list', 'watch'] },
});
`;

/** What generated files are made of, and they. */
const copied = ['src', 'web', 'scripts', 'bin', 'docs', 'examples', 'helm', 'package.json'];

beforeAll(() => {
  for (const path of copied)
    cpSync(join(root, path), join(copy, path), { recursive: true, filter: isSource });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const checked = {
    extends: join(root, 'tsconfig.json'),
    include: ['src', 'scripts/generate.ts'],
  };
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(checked));
  const folder = join(copy, 'src/resources/kinds');
  mkdirSync(join(folder, 'approval'));
  writeFileSync(join(folder, 'approval/kind.ts'), approval);
  const table = text('src/resources/kinds/index.ts')
    .replace('  databaseTarget,\n', '  approval,\n$&')
    .replace('import { databaseTarget }', "import { approval } from './approval/kind.ts';\n$&");
  writeFileSync(join(folder, 'index.ts'), table);
  execFileSync(node, ['scripts/generate.ts'], { cwd: copy });
}, 60_000);
afterAll(() => rmSync(copy, { recursive: true }));

describe('a kind that is a folder and a line in the table', () => {
  it('has its CRD, for kubectl and in the chart', () => {
    for (const folder of ['crds', 'helm/dbintel/files/crds'])
      expect(text(`${folder}/approvals.dbintel.io.yaml`)).toContain('kind: Approval');
    expect(execFileSync(join(copy, 'bin/dbintel'), ['crds'], { encoding: 'utf8' })).toContain(
      'name: approvals.dbintel.io',
    );
  });
  it('has its page', () => {
    expect(text('docs/approval.md')).toMatch(/\| `spec\.by` \| string \|.*nobody/);
  });
  it('has the rights that it says, and only those', () => {
    const rules = text('helm/dbintel/templates/_rights.tpl').split('define "dbintel.');
    expect(rules.find((each) => each.startsWith('namespacedRules'))).toContain(
      'resources: [approvals]\n  verbs: [get, list, watch]',
    );
    expect(rules.find((each) => each.startsWith('clusterRules'))).not.toContain('approvals');
  });
  it('is read by validate, with what was meant', () => {
    const file = join(copy, 'approval.yaml');
    const validate = (spec: string) => {
      writeFileSync(
        file,
        `apiVersion: dbintel.io/v1alpha1\nkind: Approval\nmetadata: { name: a }\nspec: ${spec}\n`,
      );
      return spawnSync(join(copy, 'bin/dbintel'), ['validate', file], { encoding: 'utf8' }).stdout;
    };
    expect(validate('{ proposal: p1 }')).toBe('1 Approval in 1 file, no mistakes\n');
    expect(validate('{ proposl: p1 }')).toContain('did you mean "proposal"?');
  }, 120_000);
  it('is asked for nowhere else by the compiler', () => {
    const { stdout } = spawnSync(
      join(root, 'node_modules/.bin/tsc'),
      ['--project', join(copy, 'tsconfig.json')],
      { cwd: copy, encoding: 'utf8' },
    );
    expect(stdout).toBe('');
  }, 900_000);
});

it('docs/security.md names each right', () => {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
  for (const { plural, rights } of kinds)
    for (const row of [
      ...(rights.verbs.length ? [`| \`${plural}\` ${rights.verbs.join(' ')} |`] : []),
      ...(rights.status === 'nobody' ? [] : [`| \`${plural}/status\` patch |`]),
      ...Object.values(rights.optional ?? {}).map((verb) => `| \`${plural}\` ${verb} |`),
    ])
      expect(page).toContain(row);
});
