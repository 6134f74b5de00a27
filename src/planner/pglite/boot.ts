import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

/**
 * An empty cluster, up and running. To make one takes some seconds of a processor, to take one from
 * a file a third of one: it is made once and kept, one whose text is compared by bytes and one
 * where it is not. Only the empty one is ever written anywhere.
 */
export type Comparison = 'bytes' | 'language';

export interface BootOptions {
  comparison: Comparison;
  /** Where empty clusters are kept; absent: made anew each time. */
  folder: string | undefined;
  /** Of production: those that there are here are loaded. */
  extensions: readonly string[];
}

const initdbArgs: Record<Comparison, string[]> = {
  bytes: ['--locale=C', '--no-data-checksums'],
  language: ['--locale-provider=icu', '--icu-locale=und', '--no-data-checksums'],
};
const startParams = [...PGlite.defaultStartParams, '-c', 'allow_in_place_tablespaces=on'];

/** As source they stand in the package; bundled, beside the program. */
const files = import.meta.url.endsWith('.ts')
  ? dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite')))
  : dirname(fileURLToPath(import.meta.url));

/** What only looks at a server: no statement of an application is planned by it. */
const observers =
  /^(pg_stat_statements|auto_explain|pageinspect|amcheck|pg_(buffercache|surgery|freespacemap|visibility|walinspect|logicalinspect|overexplain))$/;
/** That another is made of. */
const needs: Record<string, string> = { earthdistance: 'cube' };

export interface Booted {
  pg: PGlite;
  /** Where files of relations are below. */
  folder: string;
  extensions: ReadonlySet<string>;
}

export async function boot({ comparison, folder, extensions }: BootOptions): Promise<Booted> {
  const wanted = extensions
    .flatMap((name) => [name, ...(needs[name] ? [needs[name]] : [])])
    .filter((name) => !observers.test(name) && existsSync(join(files, `${name}.tar.gz`)));
  const kept = folder === undefined ? undefined : join(folder, keptName(comparison));
  const before =
    kept !== undefined && existsSync(kept) ? new Blob([readFileSync(kept)]) : undefined;
  const pg = await PGlite.create({
    startParams,
    initDbStartParams: initdbArgs[comparison],
    ...(before ? { loadDataDir: before } : {}),
    extensions: Object.fromEntries(
      wanted.map((name) => [name, new URL(`file://${join(files, `${name}.tar.gz`)}`)]),
    ),
  });
  if (kept !== undefined && !before) await keep(pg, kept);
  return { pg, folder: PGlite.paths.PGDATA, extensions: new Set(wanted) };
}

const prefix = 'planner-';
/** Another build of it cannot read what this one made. */
const keptName = (comparison: Comparison) =>
  `${prefix}${statSync(join(files, 'pglite.wasm')).size}-${comparison}.tar`;

/** Nobody finds half of one; those of another build are of no use any more. */
async function keep(pg: PGlite, file: string): Promise<void> {
  const folder = dirname(file);
  const build = /planner-\d+-/.exec(file)?.[0] ?? prefix;
  for (const other of readdirSync(folder))
    if (/^planner-\d+-\w+\.tar$/.test(other) && !other.startsWith(build))
      rmSync(join(folder, other));
  const dump = await pg.dumpDataDir('none');
  const part = `${file}.part-${process.pid}`;
  writeFileSync(part, new Uint8Array(await dump.arrayBuffer()));
  renameSync(part, file);
}
