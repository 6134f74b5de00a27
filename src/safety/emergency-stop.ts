import type { Selector, Stop, StopScope, WhichStops } from '../model/stop.ts';

/** Which stop covers a target, and how a stop is told to people. */
export const isMeant = (stop: Stop, which: WhichStops): boolean =>
  'all' in which || stop.id === which.id;

export interface Stoppable {
  namespace: string;
  name: string;
  labels?: Record<string, string>;
}

/** The first stop that covers the target `namespace/name`. */
export function coveringStop(stops: readonly Stop[], target: Stoppable): Stop | undefined {
  return stops.find(({ scope }) => covers(scope, target));
}

export function covers(scope: StopScope, { namespace, name, labels = {} }: Stoppable): boolean {
  if ('all' in scope) return true;
  if ('namespaces' in scope) return scope.namespaces.includes(namespace);
  if ('targets' in scope) return scope.targets.includes(`${namespace}/${name}`);
  return matches(scope.selector, labels);
}

/** As Kubernetes reads selectors: all conditions hold; NotIn holds where the label is absent. */
function matches(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Record<string, string>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return operator satisfies never;
      }
    })
  );
}

export function describeScope(scope: StopScope): string {
  if ('all' in scope) return 'everything';
  if ('namespaces' in scope) return `namespace ${scope.namespaces.join(', ')}`;
  return 'targets' in scope
    ? scope.targets.join(', ')
    : `targets with ${describeSelector(scope.selector)}`;
}

function describeSelector({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `${key} ${operator}${values.length ? ` (${values.join(', ')})` : ''}`,
  );
  return [...labels, ...expressions].join(', ') || 'any label';
}
