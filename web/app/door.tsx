import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { isNoDraft } from '../data/drafts.ts';
import { asFailure } from '../data/failure.ts';
import { sessionQuery } from '../data/queries.ts';
import { undoneKey } from '../data/query-client.ts';
import { type Offer, signIn, watchOffers } from '../data/session.ts';
import { Failed } from '../parts/states.tsx';
import { OfferedToken } from './offered-token.tsx';
import { SignIn } from './sign-in.tsx';

/** Nobody gets in who has no session; who has lost the way to the program stays where they are. */
export function Door(props: { offer: Offer | undefined; children: ReactNode }) {
  const client = useQueryClient();
  const [offer, setOffer] = useState(props.offer);
  useEffect(() => watchOffers(setOffer), []);
  const { data, error, refetch } = useQuery({ ...sessionQuery, enabled: offer === undefined });
  const own = offer && !offer.ask ? offer.token : undefined;
  useQuery({
    queryKey: ['entering', own],
    async queryFn() {
      try {
        const session = await signIn(own ?? '');
        // All that the page has, and hears, is of whoever was signed in before.
        if (offer?.late) location.reload();
        client.setQueryData(sessionQuery.queryKey, session);
        return session;
      } finally {
        // It is used once; one that is not taken leads to the page that asks for another.
        setOffer(undefined);
      }
    },
    enabled: own !== undefined,
    retry: false,
    gcTime: 0,
  });
  if (offer?.ask)
    return (
      <OfferedToken
        key={offer.token}
        token={offer.token}
        onUse={() => setOffer({ ...offer, ask: false })}
        onLeave={() => setOffer(undefined)}
      />
    );
  const failure = error ? asFailure(error) : undefined;
  if (failure?.kind === 'unauthorised')
    return (
      <SignIn
        undone={client.getQueryData(undoneKey) === true}
        onDone={() => void client.resetQueries({ predicate: isNoDraft })}
      />
    );
  if (data && !offer) return props.children;
  // As index.html has it, until the pages are there.
  if (!failure) return <p className="opening">dbintel</p>;
  return <Failed what="dbintel does not answer." why={failure.message} onRetry={refetch} />;
}
