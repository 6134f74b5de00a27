import { Button } from '../parts/button.tsx';
import styles from './sign-in.module.css';

/** A page of somebody else led here, with a token: who made the link would be who one is. */
export function OfferedToken({ onUse, onLeave }: { onUse(): void; onLeave(): void }) {
  return (
    <main className={styles.door}>
      <section className={styles.card} aria-labelledby="offered">
        <h1 id="offered">A link wants to sign you in</h1>
        <p>
          It came from another page and brings a token of its own. What you do here would then be
          done as whoever that token belongs to.
        </p>
        <p>
          Go on if you opened a link that <code>dbintel standalone</code> or{' '}
          <code>kubectl dbintel ui</code> printed for you.
        </p>
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
