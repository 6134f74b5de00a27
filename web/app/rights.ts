import type { SessionAnswer } from '../data/answers.ts';

/** Whether somebody may read targets: of a namespace; of any at all, where none is named. Pure. */
export function mayRead(
  { mayRead: reach }: Pick<SessionAnswer, 'mayRead'>,
  namespace: string | undefined,
): boolean {
  if (reach === 'all') return true;
  return namespace === undefined ? reach.length > 0 : reach.includes(namespace);
}
