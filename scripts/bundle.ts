import { cpSync, globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { buildWeb, buildWhole } from './web.ts';

/**
 * Writes dist/ (or the folder that is named): the program as it is shipped. Split, so that a
 * command loads only what it needs, with the files that are read beside it.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv[2] ?? join(root, 'dist');
rmSync(out, { recursive: true, force: true });
mkdirSync(out);
/**
 * The client's thousand models and APIs are reached through one index, of which we use the
 * configuration: what nothing is taken from may stay away.
 */
const withoutModels: Plugin = {
  name: 'without-models',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, pluginData, ...args }) => {
      if (pluginData === 'asked' || !args.importer.includes('/@kubernetes/client-node/dist/'))
        return undefined;
      const found = await resolve(path, { ...args, pluginData: 'asked' });
      return { ...found, sideEffects: false };
    }),
};
/**
 * An ES module that imports one of Node's has all that it exports evaluated: with node:http, fetch
 * and HTTP/2, which nobody asks for: 2 MiB at rest. What is required is not.
 */
const required: Plugin = {
  name: 'required',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: 'required' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
await build({
  entryPoints: {
    main: join(root, 'src/main.ts'),
    'picture-worker': join(root, 'src/pictures/picture-worker.ts'),
    'solver-thread': join(root, 'src/solver/highs/solver-thread.ts'),
    'planner-worker': join(root, 'src/planner/pglite/worker.ts'),
  },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  alias: {
    // its other build loads its parts in a way that no bundler follows
    'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
    // of its other build, loaded late, a bundler knows no names
    'libpg-query': 'libpg-query/wasm/index.js',
  },
  target: 'node24',
  minifySyntax: true,
  // A process holds the text of what it runs, comments and all, and twice as much of a text with
  // one letter beyond Latin-1. Names stay, and lines: a stack trace can be read.
  minifyWhitespace: true,
  lineLimit: 100,
  sourcemap: true,
  legalComments: 'none',
  // CommonJS packages within ask for these.
  banner: {
    js:
      "import { createRequire as __createRequire } from 'node:module'; " +
      "import { dirname as __dirnameOf } from 'node:path'; " +
      "import { fileURLToPath as __pathOf } from 'node:url'; " +
      'const require = __createRequire(import.meta.url), ' +
      '__filename = __pathOf(import.meta.url), __dirname = __dirnameOf(__filename);',
  },
  // The last are parts for each platform: what is installed of them stands beside the bundle.
  external: ['pg-native', 'pg-cloudflare', '@resvg/resvg-js-*'],
  plugins: [withoutModels, required],
  logLevel: 'warning',
});
for (const folder of ['src/coordination/redis'])
  for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith('.lua')))
    cpSync(join(root, folder, file), join(out, file));
cpSync(join(root, 'src/pictures/fonts'), join(out, 'fonts'), { recursive: true });
for (const file of globSync('node_modules/@resvg/*/*.node', { cwd: root }))
  cpSync(join(root, file), join(out, basename(file)));
// The planner, what its first cluster is made with, and the extensions that an application may use.
for (const file of globSync('node_modules/@electric-sql/pglite/dist/*.{wasm,data,tar.gz}', {
  cwd: root,
}))
  cpSync(join(root, file), join(out, basename(file)));
cpSync(join(root, 'node_modules/libpg-query/wasm/libpg-query.wasm'), join(out, 'libpg-query.wasm'));
cpSync(join(root, 'node_modules/highs/build/highs.wasm'), join(out, 'highs.wasm'));
writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
await buildWeb(join(out, 'web'));
await buildWhole(out);
