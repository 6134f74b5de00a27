/** A stop that someone asked for. Plain data: it lies in the shared state and, later, in a resource. */
export interface Stop {
  id: string;
  scope: StopScope;
  reason: string;
  /** Milliseconds since the epoch. */
  since: number;
}

export type StopScope = { all: true } | { namespaces: string[] } | { targets: string[] };

/** The first stop that covers the target `namespace/name`. */
export function coveringStop(stops: readonly Stop[], target: { namespace: string; name: string }): Stop | undefined {
  return stops.find(({ scope }) => covers(scope, target));
}

function covers(scope: StopScope, { namespace, name }: { namespace: string; name: string }): boolean {
  if ('all' in scope) return true;
  if ('namespaces' in scope) return scope.namespaces.includes(namespace);
  return scope.targets.includes(`${namespace}/${name}`);
}

export function describeScope(scope: StopScope): string {
  if ('all' in scope) return 'everything';
  return 'namespaces' in scope ? `namespace ${scope.namespaces.join(', ')}` : scope.targets.join(', ');
}
