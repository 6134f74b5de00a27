import { useQuery } from '@tanstack/react-query';
import type { ReplicasAnswer } from '../../data/answers.ts';
import { replicasQuery, sessionQuery } from '../../data/queries.ts';
import { Age } from '../../parts/age.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Band } from '../../parts/states.tsx';
import styles from './replicas-line.module.css';
import { podWord } from './state-words.ts';

/** Who collects how much, and whether what they share is there. More than a few are summed up. */
const mostShown = 5;

export function ReplicasLine() {
  const { data } = useQuery(replicasQuery);
  if (!data) return null;
  const { items, redis, history, watch } = data;
  const alone = items.length === 1 && items[0]?.session === 'alone';
  return (
    <div className={styles.line}>
      {!alone && (
        <>
          <span>{items.length} replicas</span>
          {items.slice(0, mostShown).map((replica) => (
            <Replica key={replica.id} replica={replica} most={mostOf(items)} />
          ))}
          {items.length > mostShown && <span>and {items.length - mostShown} more</span>}
        </>
      )}
      {redis !== 'none' && <Health what="Redis" state={redis} />}
      <Health what="history" state={history.state} problem={history.problem} />
      {watch && <Health what="API server" state={watch.state} />}
      <Reach />
    </div>
  );
}

/** Whoever sees a part of the fleet is told that it is a part. */
function Reach() {
  const mayRead = useQuery(sessionQuery).data?.mayRead ?? 'all';
  if (mayRead === 'all') return null;
  return (
    <span title={mayRead.join(', ')}>
      what you may read: {mayRead.length === 1 ? mayRead[0] : `${mayRead.length} namespaces`}
    </span>
  );
}

type ReplicaAnswer = ReplicasAnswer['items'][number];
const mostOf = (items: readonly ReplicaAnswer[]) =>
  Math.max(1, ...items.map(({ targets }) => targets));

function Replica({ replica, most }: { replica: ReplicaAnswer; most: number }) {
  const { pod, targets, shards, session, version } = replica;
  const words = `${pod}: ${targets} targets in ${shards} shards, version ${version ?? 'unknown'}`;
  return (
    <span className={styles.replica} title={words}>
      <span>{podWord(pod)}</span>
      <span className={styles.load} aria-hidden="true">
        <span style={{ width: `${(targets / most) * 100}%` }} />
      </span>
      <b>{targets.toLocaleString('en-US')}</b>
      {session === 'leaving' && <em>leaves</em>}
    </span>
  );
}

const Health = (props: { what: string; state: 'ok' | 'away'; problem?: string | undefined }) => (
  <Mark
    tone={props.state === 'ok' ? 'calm' : 'critical'}
    word={`${props.what} ${props.state}`}
    {...(props.problem ? { title: props.problem } : {})}
  />
);

/** What is shown is older than it looks: nobody tells of the targets, or not of all. */
export function Silence() {
  const { data } = useQuery(replicasQuery);
  return (
    <>
      {data?.watch?.state === 'away' && (
        <Band tone="warning">
          <b>The API server does not answer.</b> New and changed targets are not seen; what is shown
          of them is as of <Age at={data.now - data.watch.ageMs} />. Collecting goes on.
        </Band>
      )}
      <SilentReplicas />
    </>
  );
}

function SilentReplicas() {
  const { data } = useQuery(replicasQuery);
  const silent = data?.items.filter(({ seenAt }) => data.now - seenAt > silentAfter_ms) ?? [];
  return silent.map(({ id, pod, targets, seenAt }) => (
    <Band key={id} tone="warning">
      <b>{pod} does not answer.</b> {targets.toLocaleString('en-US')} targets are as of{' '}
      <Age at={seenAt} />.
    </Band>
  ));
}
/** Sessions are renewed every few seconds, and end by themselves soon after. */
const silentAfter_ms = 15_000;
