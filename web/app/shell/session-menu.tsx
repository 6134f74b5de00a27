import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { asFailure } from '../../data/failure.ts';
import { sessionQuery } from '../../data/queries.ts';
import { signOut } from '../../data/session.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Menu } from '../../parts/menu.tsx';
import { clock } from '../../parts/span.ts';
import { Failed } from '../../parts/states.tsx';
import { turnDense, turnKeys, turnTheme, usePreferences } from '../preferences.ts';

/** Who one is here, and until when; how to leave. */
export function SessionMenu({ onKeys }: { onKeys(): void }) {
  const client = useQueryClient();
  const { dense, keys, theme } = usePreferences();
  const { data } = useQuery(sessionQuery);
  // What was seen with a session is nobody's to see after it.
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => client.resetQueries() });
  if (!data) return null;
  const { user, expiresAt } = data;
  return (
    <>
      <Menu
        kind="quiet"
        icon="person"
        label=""
        aria-label={`signed in as ${user}`}
        title={`Signed in as ${user}`}
        head={
          <>
            <b>{user}</b>
            <br />
            {expiresAt === undefined ? 'let in without a session' : `until ${clock(expiresAt)}`}
          </>
        }
        items={[
          { key: 'keys', title: 'Keys (?)', onChoose: onKeys },
          { key: 'letters', title: 'Keys work everywhere', chosen: keys, onChoose: turnKeys },
          { key: 'theme', title: `Theme: ${theme} (d)`, onChoose: turnTheme },
          { key: 'dense', title: 'Low rows (r)', chosen: dense, onChoose: turnDense },
          // Who is let in by a proxy, or each time by a token, is in again with the next question.
          ...(expiresAt === undefined
            ? []
            : [{ key: 'out', title: 'Sign out', onChoose: () => leave.mutate() }]),
        ]}
      />
      <Dialog title="Still signed in" open={leave.isError} onClose={leave.reset}>
        <Failed what="Not signed out." why={asFailure(leave.error).message} />
      </Dialog>
    </>
  );
}
