import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { asFailure } from '../../data/failure.ts';
import { sessionQuery, stopsKey } from '../../data/queries.ts';
import { previewStop, stopNow } from '../../data/stops.ts';
import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failed } from '../../parts/states.tsx';
import { useCommands } from '../commands.ts';
import { NotDone } from '../not-done.tsx';
import { Missing } from '../rights.tsx';
import { usePaused } from '../use-paused.ts';
import { Covered } from './covered.tsx';
import { ScopeFields } from './scope-fields.tsx';
import styles from './stop.module.css';
import { StopProgressView } from './stop-progress.tsx';
import {
  buttonWords,
  previewWords,
  type ScopeChoice,
  scopeOf,
  scopeOptions,
} from './stop-words.ts';

/**
 * The emergency stop: what it covers and what it will cancel are said before, what every replica
 * confirmed afterwards. Nothing is called stopped before that.
 */
export function StopDialog(props: { targets: readonly string[]; onClose(): void }) {
  const { targets, onClose } = props;
  const client = useQueryClient();
  const commands = useCommands();
  const { data: session } = useQuery(sessionQuery);
  const [choice, setChoice] = useState<ScopeChoice>({
    kind: targets.length ? 'these' : 'all',
    namespace: '',
    selector: '',
    targets,
  });
  const scope = scopeOf(choice);
  const settled = scopeOf(usePaused(choice));
  const preview = useQuery({
    queryKey: ['stop-preview', settled],
    queryFn: ({ signal }) => previewStop(settled ?? { all: true }, signal),
    enabled: settled !== undefined && session?.mayStop === true,
    staleTime: 0,
  });
  const stop = useMutation({
    mutationFn: stopNow,
    // What has failed may be in force: then the page says so.
    onSettled: () => client.invalidateQueries({ queryKey: stopsKey }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    if (scope && reason) stop.mutate({ scope, reason });
  };
  // What was counted for another choice says nothing of this one.
  const isOfThis = JSON.stringify(settled) === JSON.stringify(scope);
  const told = isOfThis && scope ? preview.data : undefined;
  const covers = told === undefined || told.targets > 0;
  return (
    <Dialog title="Stop collecting" open onClose={onClose}>
      {session && !session.mayStop ? (
        <Missing right="stop" />
      ) : stop.data ? (
        <StopProgressView stop={stop.data} onClose={onClose} />
      ) : (
        <form className={styles.form} onSubmit={send}>
          <ScopeFields choice={choice} onChange={setChoice} />
          {scope && <Covered preview={told} open={choice.kind === 'selector'} />}
          <label className={styles.field}>
            Reason
            <input name="reason" required maxLength={256} placeholder="incident 4711" data-first />
          </label>
          <p className={styles.does}>
            It cancels what runs on the servers and starts nothing new. Plans and history stay.{' '}
            {told && covers && previewWords(told)}
          </p>
          {stop.error ? (
            <NotDone what="stopped" error={stop.error} />
          ) : (
            preview.error && (
              <Failed
                what="What it would cover is not known:"
                why={asFailure(preview.error).message}
              />
            )
          )}
          <footer>
            <CliLine command={commands.stop(scopeOptions(choice))} />
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="danger" type="submit" disabled={!scope || !covers || stop.isPending}>
              {stop.isPending ? 'Asking …' : buttonWords(told)}
            </Button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}
