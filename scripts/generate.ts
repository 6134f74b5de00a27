import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crdYaml } from '../src/resources/crd.ts';
import { crdName, type Kind, singularOf } from '../src/resources/kind.ts';
import { kinds } from '../src/resources/kinds/index.ts';
import { tokensCss } from '../web/styles/tokens.ts';
import { chartRights } from './chart-rights.ts';
import { chartSchemaJson } from './chart-values.ts';
import { fleetDashboard, targetDashboard } from './dashboards.ts';
import { configDocs } from './pages/configuration.ts';
import { controls } from './pages/controls.ts';
import { errorCodes } from './pages/error-codes.ts';
import { fieldDocs } from './pages/fields.ts';
import { withBlock } from './pages/markdown.ts';
import { ruleDocs } from './pages/rules.ts';
import { pictureOf } from './pictures-of-plans.ts';

/**
 * Writes every generated file; with --check it only tells which are not fresh. One table: file →
 * how it is made, of what stands there where only a part is generated.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each kind of resource has its CRD, for kubectl and for the chart, and its page. */
const filesOfKind = (kind: Kind): Record<string, () => string> => ({
  [`crds/${crdName(kind)}.yaml`]: () => crdYaml(kind),
  [`helm/dbintel/files/crds/${crdName(kind)}.yaml`]: () => crdYaml(kind),
  [`docs/${singularOf(kind)}.md`]: () => fieldDocs(kind),
});

const files: Record<string, (old: string) => string> = {
  ...Object.assign({}, ...kinds.map(filesOfKind)),
  'helm/dbintel/files/dashboards/fleet.json': fleetDashboard,
  'helm/dbintel/files/dashboards/target.json': targetDashboard,
  'helm/dbintel/templates/_rights.tpl': chartRights,
  'helm/dbintel/values.schema.json': chartSchemaJson,
  'docs/error-codes.md': errorCodes,
  'docs/rules.md': ruleDocs,
  'docs/configuration.md': configDocs,
  'docs/pictures/plan.svg': () => pictureOf('orders-report', 'light'),
  'docs/pictures/plan-dark.svg': () => pictureOf('orders-report', 'dark'),
  'web/styles/tokens.css': tokensCss,
  'docs/dba-safety-guide.md': (old) => withBlock(old, 'controls', controls()),
};

const check = process.argv.includes('--check');
const stale = Object.entries(files).filter(([file, make]) => {
  const path = join(root, file);
  let old = '';
  try {
    old = readFileSync(path, 'utf8');
  } catch {
    // not there yet: stale
  }
  const fresh = make(old);
  if (old === fresh) return false;
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, fresh);
  }
  return true;
});
for (const [file] of stale)
  console.log(check ? `${file} is not fresh: run make generate` : `wrote ${file}`);
if (check && stale.length) process.exitCode = 1;
