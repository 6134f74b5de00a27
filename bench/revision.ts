import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '../test/support/postgres-server.ts';
import { root } from './harness.ts';

/**
 * A revision of this project that is measured: its files, and the program as it ships. Another one
 * than ours is unpacked beside, into a temporary folder: git keeps no record of it that a killed
 * run could leave behind.
 */
export interface Revision {
  /** As the results call it. */
  name: string;
  folder: string;
  /** The bundle, started as the image starts it. */
  program: [string];
}

const prefix = 'pair';

/** The revision of this checkout, with its changes. */
export function thisRevision(): Revision {
  const changed = git('status', '--porcelain', '--', 'src', 'scripts', 'bin').length > 0;
  const name = git('rev-parse', '--short', 'HEAD') + (changed ? ' with changes' : '');
  return { name, folder: root, program: bundle(root, newFolder()) };
}

/** The program of this checkout, for those who compare it with nothing. */
export const thisProgram = (): [string] => bundle(root, newFolder());

/** Throws where there is no such revision, or where it cannot be built. */
export function otherRevision(wanted: string): Revision {
  const name = commitOf(wanted);
  const folder = newFolder();
  execFileSync(
    'bash',
    ['-o', 'pipefail', '-c', 'git archive "$1" | tar -x -C "$2"', '-', name, folder],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  installPackages(folder);
  return { name, folder, program: bundle(folder, newFolder()) };
}

function commitOf(wanted: string): string {
  try {
    return git(
      'rev-parse',
      '--short',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${wanted}^{commit}`,
    );
  } catch (cause) {
    throw new Error(`PAIR=${wanted}: this repository has no such revision`, { cause });
  }
}

const git = (...args: string[]) =>
  execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** Ours, where both have one lockfile: linked, not copied. */
function installPackages(folder: string): void {
  const lockfile = (of: string) => readFileSync(join(of, 'package-lock.json'), 'utf8');
  const ours = join(root, 'node_modules');
  if (existsSync(ours) && lockfile(folder) === lockfile(root)) {
    try {
      execFileSync('cp', ['-al', ours, join(folder, 'node_modules')], { stdio: 'ignore' });
      return;
    } catch {
      // Another file system: links cannot go there.
      rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    }
  }
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Bundled by its own script, and started by its own image's script, with its own Node. */
function bundle(folder: string, out: string): [string] {
  const bin = join(folder, 'node_modules/.bin');
  const dist = join(out, 'dist');
  execFileSync(
    join(bin, 'node'),
    ['--disable-warning=ExperimentalWarning', 'scripts/bundle.ts', dist],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const image = readFileSync(join(folder, 'bin/dbintel-image'), 'utf8');
  const start = join(out, 'dbintel');
  writeFileSync(
    start,
    image.replace('\n', `\nPATH='${bin}':$PATH\n`).replaceAll('/opt/dbintel', dist),
  );
  chmodSync(start, 0o755);
  return [start];
}

const folders = new Set<string>();
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  removeLeftOver();
  const folder = temporaryFolder(`${prefix}-${process.pid}`);
  folders.add(folder);
  return folder;
}

/** What a run left that was killed. */
function removeLeftOver(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^dbintel-${prefix}-(\\d+)-`).exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
