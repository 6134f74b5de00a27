import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asFailure, mayPass, untilAgain_ms } from './failure.ts';
import { sessionQuery } from './queries.ts';

/**
 * What answers are kept in. What may pass is asked again twice; where nobody is signed in any more,
 * the session is asked for, and so the page for signing in comes.
 */
const tries = 2;

/** Something was asked for after the session had ended: the door says that it was not done. */
export const undoneKey = ['undone'] as const;

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        const lost = asFailure(error).kind === 'unauthorised';
        if (lost && query.queryKey[0] !== sessionQuery.queryKey[0])
          void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      },
    }),
    mutationCache: new MutationCache({
      onError(error) {
        if (asFailure(error).kind !== 'unauthorised') return;
        client.setQueryData(undoneKey, true);
        void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failed, error) => failed < tries && mayPass(asFailure(error)),
        retryDelay: (failed, error) => untilAgain_ms(failed, asFailure(error)),
        // Whether there is a network does not say whether a program on this machine answers.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  client.setQueryDefaults(undoneKey, { gcTime: Number.POSITIVE_INFINITY });
  return client;
}
