import { useQuery } from '@tanstack/react-query';
import { asFailure } from '../data/failure.ts';
import { whose } from '../data/session.ts';
import { Button } from '../parts/button.tsx';
import { Failed } from '../parts/states.tsx';
import styles from './sign-in.module.css';

/** A page of somebody else led here, with a token: who made the link would be who one is. */
export function OfferedToken(props: { token: string; onUse(): void; onLeave(): void }) {
  const { token, onUse, onLeave } = props;
  const { data, error } = useQuery({
    queryKey: ['offered', token],
    queryFn: ({ signal }) => whose(token, signal),
    retry: false,
    gcTime: 0,
  });
  return (
    <main className={styles.door}>
      <section className={styles.card} aria-labelledby="offered">
        <h1 id="offered">A link wants to sign you in</h1>
        <p>
          It may come from another page and brings a token of its own. What you do here would then
          be done as {data ? <b>{data.user}</b> : 'whoever that token belongs to'}.
        </p>
        <p>
          Go on if you opened a link that <code>dbintel standalone</code> or{' '}
          <code>kubectl dbintel ui</code> printed for you.
        </p>
        {error && <Failed what="It signs nobody in." why={asFailure(error).message} />}
        <div className={styles.acts}>
          <Button kind="primary" onClick={onUse}>
            Sign in with the link
          </Button>
          <Button
            // The one that changes nothing is at hand.
            ref={(button) => button?.focus()}
            onClick={onLeave}
          >
            Do not use it
          </Button>
        </div>
      </section>
    </main>
  );
}
