import { AppError } from '../base/errors.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { ManifestFile } from '../targets/files/read-folder.ts';

/** The target that a command is about: the only one of a file, or the one that is named. */
export function chooseTarget(
  { path, targets, mistakes }: ManifestFile,
  wanted: string | undefined,
): Target {
  const [mistake] = mistakes;
  if (mistake)
    throw new AppError(
      'invalid_manifest',
      mistakes
        .map(({ line, path: field, message }) => `${path}:${line} ${field} ${message}`)
        .join('\n'),
    );
  const [first, ...others] = targets.filter(
    (target) => !wanted || targetLabel(target) === wanted || target.name === wanted,
  );
  if (!first)
    throw new AppError(
      'not_found',
      `${path}: there is no ${wanted ? `target ${wanted}` : 'DatabaseTarget'} in it`,
    );
  if (others.length)
    throw new AppError(
      'invalid_config',
      `${path} has several targets; choose one with --target ${targetLabel(first)}`,
    );
  return first;
}
