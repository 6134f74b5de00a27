import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { StopAnswer } from '../../data/answers.ts';
import { asFailure } from '../../data/failure.ts';
import { sessionQuery, stopsKey } from '../../data/queries.ts';
import { scopeWords } from '../../data/stop-words.ts';
import { readProgress, resume } from '../../data/stops.ts';
import { Button } from '../../parts/button.tsx';
import { Mark } from '../../parts/mark.tsx';
import { serverNow, useNow } from '../../parts/now.ts';
import { Band, Failed } from '../../parts/states.tsx';
import styles from './stop.module.css';
import { progressWords } from './stop-words.ts';

/** Until all have said so, it is asked twice a second; afterwards now and then. */
const [soon_ms, later_ms] = [500, 5_000];

/** What every replica has done about a stop, until all have confirmed and nothing runs. */
export function StopProgressView({ stop, onClose }: { stop: StopAnswer; onClose?(): void }) {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const { data: progress, error } = useQuery({
    queryKey: ['stop-progress', stop.id],
    queryFn: ({ signal }) => readProgress(stop.id, signal),
    refetchInterval: ({ state }) => (state.data?.done ? later_ms : soon_ms),
  });
  const lift = useMutation({
    mutationFn: resume,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: stopsKey });
      onClose?.();
    },
  });
  const late = useNow((now) => now - stop.since > 2_000);
  const { tone, text } = progressWords(progress, late ? serverNow() - stop.since : 0);
  const failure = lift.error ?? error;
  return (
    <div className={styles.form}>
      <p>
        {scopeWords(stop.scope)} · {stop.reason}
      </p>
      <Band tone={tone}>{text}</Band>
      {progress && (
        <ul className={styles.replicas}>
          {progress.replicas.map(({ pod, confirmed, cancelled, stillRunning }) => (
            <li key={pod}>
              <Mark tone={confirmed ? 'stopped' : 'wait'} word={pod} />
              <span>
                {confirmed ? 'obeys' : 'has not said so yet'},{' '}
                {cancelled === null ? '' : `${cancelled} cancelled, `}
                {`${stillRunning} still running`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {failure && <Failed what="Not known:" why={asFailure(failure).message} />}
      <footer>
        <Button
          disabled={session?.mayResume === false || lift.isPending}
          onClick={() => lift.mutate({ id: stop.id })}
        >
          Resume
        </Button>
        {onClose && (
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        )}
      </footer>
    </div>
  );
}
