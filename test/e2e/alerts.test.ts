import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { cacheFolder, temporaryFolder } from '../support/postgres-server.ts';

/**
 * The chart's alerts, judged by Prometheus' own tool; and each of them has its paragraph in the
 * runbook.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const alerts = join(root, 'helm/dbintel/files/alerts.yaml');

function promtool(...args: string[]): string {
  const program = join(cacheFolder, 'promtool');
  if (!existsSync(program)) throw new Error('promtool is missing; fetch it with: make tools');
  const folder = temporaryFolder('alerts');
  cpSync(alerts, join(folder, 'alerts.yaml'));
  cpSync(join(root, 'test/alerts/alerts.test.yaml'), join(folder, 'alerts.test.yaml'));
  try {
    return execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    throw new Error(
      String((error as { stdout?: string }).stdout) + String((error as { stderr?: string }).stderr),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('promtool accepts the rules', () =>
  expect(promtool('check', 'rules', 'alerts.yaml')).toContain('SUCCESS: 13 rules found'));
it('each fires when it should, and not before', () =>
  expect(promtool('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS'));
it('each has its paragraph in the runbook', () => {
  const { groups } = parse(readFileSync(alerts, 'utf8')) as {
    groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
  };
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  for (const { alert, annotations } of groups.flatMap(({ rules }) => rules)) {
    expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    expect(runbook).toContain(`### ${alert}\n`);
  }
});
