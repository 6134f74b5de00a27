import { AppError } from '../base/errors.ts';

/** What `stop` and `resume` understand alike: where stops lie, and which targets are meant. */
export const placeOptions = {
  data: { type: 'string' },
  cluster: { type: 'boolean' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  redis: { type: 'boolean' },
} as const;

export const placeHelp = `  --data DIR          beside the standalone program with this data folder
                      (DBINTEL_DATA, default .dbintel)
  --cluster           as EmergencyStop resources of the kubeconfig's cluster; --kubeconfig FILE,
                      --context NAME
  --redis             into the Redis that replicas share (DBINTEL_REDIS_*), where the API server
                      does not answer`;

/** A label selector as kubectl writes it: `tier=gold,env=prod`. */
export function parseSelector(text: string): { matchLabels: Record<string, string> } {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.some((part) => part === '')))
    throw new AppError('invalid_config', `"${text}" is not a selector such as tier=gold,env=prod`);
  return { matchLabels: Object.fromEntries(pairs as [string, string][]) };
}
