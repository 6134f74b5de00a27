import type { ChangeState } from '../app/change-state.ts';
import { shellWord } from '../base/shell-word.ts';

/** A command as it can be pasted: with the places that were named to the one before it. */
export interface Named {
  credentials?: string | undefined;
  targets?: string | undefined;
  data?: string | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
}

export const commandLine = (words: readonly string[], named: Named = {}): string =>
  [
    'dbintel',
    ...words,
    ...(['credentials', 'targets', 'data', 'context', 'kubeconfig'] as const).flatMap((flag) =>
      named[flag] === undefined ? [] : [`--${flag}`, named[flag]],
    ),
  ]
    .map(shellWord)
    .join(' ');

export const nextLine = (command: string, { phase }: { phase?: string } = {}): string => {
  if (phase === 'Hidden') return `next, after a week, to have it dropped: ${command}`;
  return phase === 'Observing'
    ? `next, after a day, to have it judged: ${command}`
    : `next: ${command}`;
};

/**
 * What a person would do next about a change. What is to be approved is read first: only where its
 * content is shown is its hash in a command. Undefined: nothing is to be done.
 */
export function nextCommand(
  { id, phase, approved, underWay, expired }: NextOf,
  named: Named,
): string | undefined {
  if (phase === 'Kept') return undefined;
  if (approved || underWay)
    return commandLine([phase === 'RollingBack' ? 'rollback' : 'apply', id], {
      ...named,
      credentials: named.credentials ?? 'FOLDER',
    });
  const words = expired ? ['advise', 'TARGET.yaml'] : ['advise', 'show', id];
  return commandLine(words, { data: named.data });
}
type NextOf = Pick<ChangeState, 'id' | 'phase' | 'approved' | 'underWay' | 'expired'>;

/** Beside the content that it is for. */
export const approveCommand = (
  { id, contentHash, needsAgain }: Pick<ChangeState, 'id' | 'contentHash' | 'needsAgain'>,
  { data }: Named,
): string =>
  commandLine(['approve', id, '--hash', contentHash, ...(needsAgain ? ['--again'] : [])], { data });
