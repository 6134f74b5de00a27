import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/**
 * Writes dist/newrelic and dist/grafana: the plan view inside of New Relic and Grafana, as their
 * own tools take it. What the hosts share with everything in them (React, their SDKs) is left out.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = (...path: string[]) => join(root, 'integrations', ...path);

/** For New Relic's tools. It has no dependencies: what is not built in is the host's. */
const nerdpack = {
  private: true,
  name: 'dbintel-nerdpack',
  version: '0.1.0',
  license: 'Apache-2.0',
  browserslist: ['last 2 versions', 'not ie < 11', 'not dead'],
};

/** What New Relic's tools still read; they bundle it again. */
const target = 'es2020';

export async function buildNewRelic(out = join(root, 'dist/newrelic')): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(nerdpack, null, 2)}\n`);
  for (const file of ['nr1.json', 'README.md']) cpSync(source('newrelic', file), join(out, file));
  cpSync(source('newrelic/launchers'), join(out, 'launchers'), { recursive: true });
  for (const item of ['visualizations/query-plan', 'nerdlets/query-plans']) {
    await bundle(source('newrelic', item, 'index.ts'), join(out, item), 'es', 'index.js');
    cpSync(source('newrelic', item, 'nr1.json'), join(out, item, 'nr1.json'));
  }
}

export async function buildGrafana(out = join(root, 'dist/grafana')): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  await bundle(source('grafana/module.ts'), out, 'umd', 'module.js');
  for (const file of ['plugin.json', 'README.md', 'img', 'provisioning'])
    cpSync(source('grafana', file), join(out, file), { recursive: true });
}

async function bundle(
  entry: string,
  outDir: string,
  format: 'es' | 'umd',
  name: string,
): Promise<void> {
  const shared = ['react', 'react-dom', 'nr1', '@grafana/data', '@grafana/runtime'];
  await build({
    configFile: false,
    root: join(root, 'integrations'),
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      target,
      minify: true,
      reportCompressedSize: false,
      lib: { entry, name: 'dbintelPlanPanel', formats: [format], fileName: () => name },
      rolldownOptions: {
        external: shared,
        output: {
          codeSplitting: false,
          globals: Object.fromEntries(shared.map((each) => [each, each.replace(/\W/g, '_')])),
        },
      },
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildNewRelic();
  await buildGrafana();
}
