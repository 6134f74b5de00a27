import { parseArgs } from 'node:util';
import { rules } from '../analysis/rules/index.ts';
import { checkConnection } from '../app/check-connection.ts';
import { type Code, codes } from '../base/codes.ts';
import { asAppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import type { Prerequisite } from '../engines/engine.ts';
import {
  findingsAnnotation,
  readFindingsAnnotation,
} from '../resources/kinds/database-target/findings-annotation.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import {
  leftOutWords,
  type ManifestFile,
  manifestFilesIn,
  readManifestFile,
} from '../targets/files/read-folder.ts';
import { exitCodes, WrongUse } from './command.ts';
import { counted } from './counted.ts';
import { prerequisiteCounts, prerequisiteLines } from './present.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel validate FILE|DIR… [--connect] [--json]

Checks manifests; every mistake is told at once, with its file, line and field.

  --connect   also connects to each database and checks its prerequisites, each with the
              statement that mends it
  --json      one JSON document

Exit codes: 0 all is well (warnings may remain), 1 mistakes or failed prerequisites, 2 wrong use,
3 a database could not be reached.
`;

interface Checked {
  target: string;
  prerequisites?: Prerequisite[];
  error?: { code: Code; message: string };
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { connect: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  if (positionals.length === 0) throw new WrongUse('no file or folder is named', help);
  const files: ManifestFile[] = [];
  const beyond: Warning[] = [];
  for (const path of positionals) {
    const { files: paths, leftOut } = await manifestFilesIn(path);
    for (const file of paths) files.push(await readManifestFile(file));
    if (leftOut) beyond.push({ file: path, message: leftOutWords(leftOut) });
  }
  const mistakes = files.flatMap(({ path, mistakes }) =>
    mistakes.map((mistake) => ({ file: path, ...mistake })),
  );
  const checked: Checked[] = [];
  if (values.connect && mistakes.length === 0)
    for (const { path, targets } of files)
      for (const target of targets) checked.push(await connectTo(target, path));
  const warnings = [
    ...files.flatMap(annotationWarnings),
    ...namedTwice(files),
    ...beyond,
    ...noneIn(positionals, files),
  ];
  if (values.json)
    terminal.json({
      files: files.map(({ path, targets, resources }) => ({
        path,
        targets: targets.map(targetLabel),
        resources: resources.map(({ kind, metadata }) => ({ kind, name: metadata.name })),
      })),
      mistakes,
      warnings,
      checked,
    });
  else {
    print(files, mistakes, checked);
    for (const { file, message } of warnings) terminal.err(`${file}: warning: ${message}`);
  }
  if (mistakes.length) return exitCodes.no;
  if (checked.some(({ error }) => error)) return exitCodes.unreachable;
  return checked.some(({ prerequisites }) =>
    prerequisites?.some(({ verdict }) => verdict === 'failed'),
  )
    ? exitCodes.no
    : exitCodes.done;
}

interface Warning {
  file: string;
  message: string;
}

/** To a cluster the last that is applied counts; a folder that is collected from, the first. */
function namedTwice(files: readonly ManifestFile[]): Warning[] {
  const first = new Map<string, string>();
  return files.flatMap(({ path, targets, secrets }) =>
    [
      ...targets.map(targetLabel),
      ...secrets.map(({ namespace, name }) => `the Secret ${namespace}/${name}`),
    ].flatMap((label) => {
      const before = first.get(label);
      first.set(label, before ?? path);
      return before === undefined
        ? []
        : [{ file: path, message: `${label} is in ${before} already, and that one counts` }];
    }),
  );
}

/** What is wrong there keeps nothing from being collected. */
const annotationWarnings = ({ path, targets }: ManifestFile): Warning[] =>
  targets.flatMap((target) =>
    readFindingsAnnotation(target.findingsAnnotation, ruleIds, systemClock.now()).mistakes.map(
      (mistake) => ({
        file: path,
        message: `${targetLabel(target)}: the annotation ${findingsAnnotation} ${mistake}`,
      }),
    ),
  );
const ruleIds = rules.map(({ id }) => id);

/** A wrong folder has no mistakes either. */
const noneIn = (paths: readonly string[], files: readonly ManifestFile[]) =>
  files.some(({ resources, mistakes }) => resources.length + mistakes.length > 0)
    ? []
    : paths.map((file) => ({ file, message: 'there is no resource of dbintel' }));

async function connectTo(target: Target, path: string): Promise<Checked> {
  terminal.progress(`${targetLabel(target)}: connecting …`);
  try {
    return { target: targetLabel(target), prerequisites: await checkConnection(target, path) };
  } catch (error) {
    const { code, message } = asAppError(error);
    return { target: targetLabel(target), error: { code, message } };
  } finally {
    terminal.progress('');
  }
}

/** `2 DatabaseTargets, 1 EmergencyStop` */
function kindsIn(files: readonly ManifestFile[]): string {
  const byKind = Map.groupBy(
    files.flatMap(({ resources }) => resources),
    ({ kind }) => kind,
  );
  const parts = [...byKind].map(([kind, resources]) => counted(resources.length, kind));
  return parts.join(', ') || counted(0, 'resource');
}

function print(
  files: readonly ManifestFile[],
  mistakes: readonly { file: string; line: number; path: string; message: string }[],
  checked: readonly Checked[],
): void {
  const places = mistakes.map(({ file, line }) => `${file}:${line}`);
  const [placeWidth, pathWidth] = [
    Math.max(0, ...places.map(({ length }) => length)),
    Math.max(0, ...mistakes.map(({ path }) => path.length)),
  ];
  for (const [i, { path, message }] of mistakes.entries())
    terminal.out(`${places[i]?.padEnd(placeWidth)}  ${path.padEnd(pathWidth)}  ${message}`);
  if (mistakes.length) {
    const wrong = new Set(mistakes.map(({ file }) => file)).size;
    terminal.out(
      `${counted(mistakes.length, 'mistake')} in ${wrong} of ${counted(files.length, 'file')}`,
    );
    return;
  }
  terminal.out(`${kindsIn(files)} in ${counted(files.length, 'file')}, no mistakes`);
  for (const { target, prerequisites, error } of checked) {
    terminal.out(`\n${terminal.paint(target, 'bold')}`);
    if (error)
      terminal.out(
        `${terminal.paint('failed', 'red')}   ${error.message}. ` +
          `${codes[error.code].remedy} [${error.code}]`,
      );
    if (prerequisites)
      terminal.out(
        [...prerequisiteLines(prerequisites), prerequisiteCounts(prerequisites)].join('\n'),
      );
  }
}
