import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { Plan } from '../../../src/model/plan.ts';
import { asFailure } from '../../data/failure.ts';
import type { PackedPlanAnswer } from '../../data/target-answers.ts';
import { diffQuery, type PlanName, planQuery } from '../../data/target-queries.ts';
import { clock } from '../../parts/span.ts';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { useAddress } from '../address.ts';
import { PageFoot } from '../page-foot.tsx';
import { Changes } from '../paste/changes.tsx';
import { PlanPicture } from '../paste/plan-picture.tsx';
import { planPath, queryPath } from '../paths.ts';
import { usePreferences } from '../preferences.ts';
import styles from './plan.module.css';
import { useChoices, useUnpacked } from './plan-page.tsx';

/** Two plans beside each other: what changed, and what it costs. */
export function ComparePage() {
  const [{ a, b }] = useAddress(['a', 'b']);
  const [before, after] = [nameOf(a), nameOf(b)];
  if (before && after) return <Compared key={`${a} ${b}`} before={before} after={after} />;
  return (
    <Empty title="Which plans?">
      <p>Two plans are compared from the page of a statement that has had several.</p>
    </Empty>
  );
}

/** `uid/fingerprint/hash`. */
function nameOf(text: string | undefined): PlanName | undefined {
  const [uid, fp, hash, more] = (text ?? '').split('/');
  return uid && fp && hash && more === undefined ? { uid, fp, hash } : undefined;
}

function Compared({ before, after }: { before: PlanName; after: PlanName }) {
  const [old, now] = [useQuery(planQuery(before)), useQuery(planQuery(after))];
  const [oldPlan, nowPlan] = [useUnpacked(old.data?.packed), useUnpacked(now.data?.packed)];
  const diff = useQuery(diffQuery(before, after));
  const error = old.error ?? now.error ?? oldPlan.error ?? nowPlan.error;
  if (error)
    return <Failed what="These plans cannot be compared." why={asFailure(error).message} />;
  if (!oldPlan.data || !nowPlan.data || !old.data || !now.data)
    return <Skeleton label="loading the plans" />;
  const { namespace, name, fingerprint } = now.data;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <nav aria-label="where this is">
          <Link to={queryPath(namespace, name, fingerprint)}>
            {namespace}/{name} ▸ {fingerprint.slice(0, 12)}
          </Link>
        </nav>
      </header>
      <h1>{diff.data?.sentence ?? ' '}</h1>
      <p className={styles.soft}>
        <Link to={planOf(old.data)}>before: {before.hash.slice(0, 12)}</Link>, seen until{' '}
        {clock(old.data.lastSeen)} →{' '}
        <Link to={planOf(now.data)}>after: {after.hash.slice(0, 12)}</Link>, seen since{' '}
        {clock(now.data.firstSeen)}
      </p>
      {diff.error && (
        <Failed what="What changed cannot be said." why={asFailure(diff.error).message} />
      )}
      <Pictures previous={oldPlan.data} plan={nowPlan.data} />
      <Changes before={oldPlan.data} after={nowPlan.data} />
      <PageFoot command="dbintel analyse BEFORE.json AFTER.json" at={now.dataUpdatedAt} />
    </div>
  );
}

function Pictures({ previous, plan }: { previous: Plan; plan: Plan }) {
  const { theme } = usePreferences();
  const [choices, choose] = useChoices();
  const shown = useMemo(() => ({ plan, previous, theme }), [plan, previous, theme]);
  return <PlanPicture shown={shown} choices={choices} onChoose={choose} />;
}

const planOf = ({ namespace, name, fingerprint, hash }: PackedPlanAnswer) =>
  planPath(namespace, name, fingerprint, hash);
