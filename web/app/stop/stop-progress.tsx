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
import { NotDone } from '../not-done.tsx';
import { say } from '../said.tsx';
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
      say('The stop is lifted.');
      onClose?.();
    },
    onSettled: () => client.invalidateQueries({ queryKey: stopsKey }),
  });
  const late = useNow((now) => now - stop.since > 2_000);
  const { tone, text } = progressWords(progress, late ? serverNow() - stop.since : 0);
  const failure = error && asFailure(error);
  // Once each replica has confirmed it, one that knows nothing of it has heard that it is over.
  const isOver = progress?.done === true && failure?.kind === 'missing';
  return (
    <div className={styles.form}>
      <p>
        {scopeWords(stop.scope)} · {stop.reason}
      </p>
      {isOver ? <Band tone="info">It has been lifted.</Band> : <Band tone={tone}>{text}</Band>}
      {progress && !isOver && (
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
      {failure && !isOver && <Failed what="Not known:" why={failure.message} />}
      {lift.error && <NotDone what="lifted" error={lift.error} />}
      <footer>
        <Button
          disabled={isOver || session?.mayResume === false || lift.isPending}
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
