import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { proposedPlanQuery } from '../../data/advice.ts';
import { asFailure } from '../../data/failure.ts';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { PlanPicture } from '../paste/plan-picture.tsx';
import { useChoices, useUnpacked } from '../plan/plan-page.tsx';
import { usePreferences } from '../preferences.ts';
import styles from './advice.module.css';

/** The plan of a statement as it is, and as the planner would have it with the change. */
export function ProposedPlans(props: { id: string; fingerprint: string; done: boolean }) {
  const { id, fingerprint, done } = props;
  const { data, error } = useQuery(proposedPlanQuery(id, fingerprint));
  const before = useUnpacked(data?.before?.packed);
  const after = useUnpacked(data?.after.packed);
  const { theme } = usePreferences();
  const [choices, choose] = useChoices();
  const shown = useMemo(
    () => ({ plan: after.data, previous: before.data, theme }),
    [after.data, before.data, theme],
  );
  const failure = error ?? before.error ?? after.error;
  if (failure) return <Failed what="Its plans cannot be shown." why={asFailure(failure).message} />;
  if (!after.data || (data?.before && !before.data)) return <Skeleton label="loading the plans" />;
  return (
    <section className={styles.plans} aria-labelledby="proposed-plans">
      <h2 id="proposed-plans">
        {data?.before
          ? done
            ? 'Its plan before, and as it'
            : 'Its plan now, and as it'
          : 'Its plan as it'}{' '}
        {done ? 'was to be' : 'would be'}
      </h2>
      <PlanPicture shown={shown} choices={choices} onChoose={choose} />
    </section>
  );
}
