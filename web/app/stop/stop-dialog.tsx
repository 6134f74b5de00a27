import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { asFailure } from '../../data/failure.ts';
import { fleetQuery, sessionQuery, stopsKey } from '../../data/queries.ts';
import { scopeWords } from '../../data/stop-words.ts';
import { previewStop, stopNow } from '../../data/stops.ts';
import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { Combobox } from '../../parts/combobox.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failed } from '../../parts/states.tsx';
import { useCommands } from '../commands.ts';
import styles from './stop.module.css';
import { StopProgressView } from './stop-progress.tsx';
import { buttonWords, previewWords, type ScopeChoice, scopeOf } from './stop-words.ts';

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
    targets,
  });
  const scope = scopeOf(choice);
  const preview = useQuery({
    queryKey: ['stop-preview', scope],
    queryFn: ({ signal }) => previewStop(scope ?? { all: true }, signal),
    enabled: scope !== undefined && session?.mayStop === true,
    staleTime: 0,
  });
  const stop = useMutation({
    mutationFn: stopNow,
    onSuccess: () => client.invalidateQueries({ queryKey: stopsKey }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    if (scope && reason) stop.mutate({ scope, reason });
  };
  const failure = stop.error ?? preview.error;
  return (
    <Dialog title="Stop collecting" open onClose={onClose}>
      {session && !session.mayStop ? (
        <p>
          It takes the right <code>create emergencystops</code>, which you do not have.
        </p>
      ) : stop.data ? (
        <StopProgressView stop={stop.data} onClose={onClose} />
      ) : (
        <form className={styles.form} onSubmit={send}>
          <ScopeFields choice={choice} onChange={setChoice} />
          <label className={styles.field}>
            Reason
            <input name="reason" required maxLength={256} placeholder="incident 4711" data-first />
          </label>
          <p className={styles.does}>
            It cancels what runs on the servers and starts nothing new. Plans and history stay.{' '}
            {preview.data && previewWords(preview.data)}
          </p>
          {failure && <Failed what="Not stopped." why={asFailure(failure).message} />}
          <footer>
            <CliLine command={commands.stop(scopeOptions(choice))} />
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="danger" type="submit" disabled={!scope || stop.isPending}>
              {stop.isPending ? 'Asking …' : scope ? buttonWords(preview.data) : 'Stop'}
            </Button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

function ScopeFields(props: { choice: ScopeChoice; onChange(choice: ScopeChoice): void }) {
  const { choice, onChange } = props;
  const client = useQueryClient();
  const counts = client.getQueriesData<{ pages: { counts: { namespaces: object } }[] }>({
    queryKey: fleetQuery({}).queryKey.slice(0, 1),
  });
  const namespaces = Object.entries(counts[0]?.[1]?.pages[0]?.counts.namespaces ?? {});
  const kinds = [
    { kind: 'all', words: 'everything' },
    { kind: 'namespace', words: 'one namespace' },
    ...(choice.targets.length
      ? [{ kind: 'these', words: scopeWords({ targets: [...choice.targets] }) } as const]
      : []),
  ] as const;
  return (
    <fieldset className={styles.scope}>
      <legend>What</legend>
      {kinds.map(({ kind, words }) => (
        <label key={kind}>
          <input
            type="radio"
            name="scope"
            checked={choice.kind === kind}
            onChange={() => onChange({ ...choice, kind })}
          />
          {words}
        </label>
      ))}
      {choice.kind === 'namespace' && (
        <Combobox
          label="namespace"
          placeholder="namespace"
          value={choice.namespace}
          choices={namespaces.map(([value, count]) => ({ value, note: String(count) }))}
          onChange={(namespace) => onChange({ ...choice, namespace })}
        />
      )}
    </fieldset>
  );
}

/** Longer lines are nobody's to type. */
const mostNamed = 5;

function scopeOptions({ kind, namespace, targets }: ScopeChoice): string {
  if (kind === 'all') return '--all';
  if (kind === 'namespace') return `--namespace ${namespace || '…'}`;
  const named = targets.slice(0, mostNamed).map((target) => `--target ${target}`);
  return [...named, ...(targets.length > mostNamed ? ['--target …'] : [])].join(' ');
}
