import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { StopAnswer } from '../../data/answers.ts';
import { asFailure } from '../../data/failure.ts';
import { sessionQuery, stopsKey, stopsQuery } from '../../data/queries.ts';
import { resume } from '../../data/stops.ts';
import { Age } from '../../parts/age.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { useCommands } from '../commands.ts';
import { NotDone } from '../not-done.tsx';
import { PageFoot } from '../page-foot.tsx';
import { Missing } from '../rights.tsx';
import { say } from '../said.tsx';
import { PastStops } from './past-stops.tsx';
import styles from './stop.module.css';
import { StopProgressView } from './stop-progress.tsx';

/** The stops in force: what each covers, who obeys it, and how it is lifted. */
export function StopsPage() {
  const { data, error, refetch, dataUpdatedAt } = useQuery(stopsQuery);
  const { data: session } = useQuery(sessionQuery);
  const stops = data?.items ?? [];
  return (
    <div className={styles.page}>
      <header>
        <h1>{titleOf(data?.items)}</h1>
        {stops.length > 1 && <ResumeAll count={stops.length} />}
      </header>
      {error && (
        <Failed
          what="What is stopped is not known now."
          why={asFailure(error).message}
          onRetry={() => void refetch()}
        />
      )}
      {!data && !error && <Skeleton label="loading stops" />}
      {data && stops.length === 0 && (
        <Empty title="Every target may be collected">
          <p>
            The button at the top, or <kbd>Shift</kbd> <kbd>S</kbd>, stops everything, a namespace,
            what has some labels, or the targets that are selected in the fleet.
          </p>
        </Empty>
      )}
      {stops.map((stop) => (
        <article key={stop.id} className={styles.stop}>
          <p className={styles.soft}>
            for <Age at={stop.since} bare />
            {stop.by && ` · by ${stop.by}`} · {stop.id}
          </p>
          <StopProgressView stop={stop} />
        </article>
      ))}
      {stops.length > 0 && session?.mayResume === false && <Missing right="resume" />}
      <PastStops />
      <PageFoot command={useCommands().stops} at={dataUpdatedAt} />
    </div>
  );
}

function titleOf(stops: readonly StopAnswer[] | undefined): string {
  if (!stops) return 'Emergency stops';
  if (stops.length === 0) return 'Nothing is stopped';
  return stops.length === 1 ? 'One stop is in force' : `${stops.length} stops are in force`;
}

/** An act of its own: whoever lifts one stop does not mean another’s. */
function ResumeAll({ count }: { count: number }) {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [asking, setAsking] = useState(false);
  const lift = useMutation({
    mutationFn: () => resume({ all: true }),
    onSuccess: () => {
      say('All stops are lifted.');
      setAsking(false);
    },
    onSettled: () => client.invalidateQueries({ queryKey: stopsKey }),
  });
  return (
    <>
      <Button disabled={session?.mayResume === false} onClick={() => setAsking(true)}>
        Resume all…
      </Button>
      <Dialog title={`Lift all ${count} stops?`} open={asking} onClose={() => setAsking(false)}>
        <div className={styles.form}>
          <p>Somebody may have had a reason for each of them. All targets begin again.</p>
          {lift.error && <NotDone what="lifted" error={lift.error} />}
          <footer>
            <Button data-first onClick={() => setAsking(false)}>
              Cancel
            </Button>
            <Button kind="primary" disabled={lift.isPending} onClick={() => lift.mutate()}>
              Lift all {count}
            </Button>
          </footer>
        </div>
      </Dialog>
    </>
  );
}
