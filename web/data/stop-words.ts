import type { StopAnswer } from './answers.ts';

/** What a stop covers, in words. */
export function scopeWords(scope: StopAnswer['scope']): string {
  if ('all' in scope) return 'everything';
  if ('namespaces' in scope) return listed('namespace', scope.namespaces);
  if ('targets' in scope) return listed('target', scope.targets);
  const { matchLabels = {}, matchExpressions = [] } = scope.selector;
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) =>
    [key, operator, values.join('|')].filter(Boolean).join(' '),
  );
  return `targets with ${[...labels, ...expressions].join(', ') || 'any label'}`;
}

/** More names are not read on a line. */
const mostNamed = 3;

function listed(what: string, names: readonly string[]): string {
  const rest = names.length - mostNamed;
  const named = names.slice(0, mostNamed).join(', ');
  return `${what}${names.length === 1 ? '' : 's'} ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}
