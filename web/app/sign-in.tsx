import { type FormEvent, useState } from 'react';
import { asFailure } from '../data/failure.ts';
import { signIn } from '../data/session.ts';
import { Button } from '../parts/button.tsx';
import { CliLine } from '../parts/cli-line.tsx';
import { Failed } from '../parts/states.tsx';
import styles from './sign-in.module.css';

/** The door: a token is asked for once, sent once, and kept by nobody but the server. */
export function SignIn({ undone, onDone }: { undone: boolean; onDone(): void }) {
  const [state, setState] = useState<'ready' | 'sent' | { refused: string }>('ready');
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    if (typeof token !== 'string' || !token) return;
    setState('sent');
    try {
      await signIn(token.trim());
      onDone();
    } catch (error) {
      const { kind, message } = asFailure(error);
      setState({ refused: kind === 'unauthorised' ? 'This token lets nobody in.' : message });
    }
  };
  return (
    <main className={styles.door}>
      <form onSubmit={send}>
        <h1>dbintel</h1>
        {undone && (
          <Failed
            what="It was not done."
            why="Your session had ended before. Sign in, and ask for it again."
          />
        )}
        <label>
          Token
          <input
            name="token"
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            // Nothing else is on this page.
            ref={(input) => input?.focus()}
          />
        </label>
        <Button kind="primary" type="submit" disabled={state === 'sent'}>
          Sign in
        </Button>
        {typeof state === 'object' && <Failed what="Not signed in." why={state.refused} />}
        <p>
          On your machine, <code>dbintel standalone</code> prints an address that signs you in. In a
          cluster, so does:
        </p>
        <CliLine command="kubectl dbintel ui" />
        <p>or take a token of your own, which is asked of the cluster what you may see:</p>
        <CliLine command="kubectl create token NAME --audience dbintel" />
      </form>
    </main>
  );
}
