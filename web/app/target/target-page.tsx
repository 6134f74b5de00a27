import { useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { useHashLocation } from 'wouter/use-hash-location';
import { asFailure } from '../../data/failure.ts';
import type { TargetAnswer } from '../../data/target-answers.ts';
import {
  cyclesQuery,
  type TargetName,
  targetFindingsQuery,
  targetQuery,
} from '../../data/target-queries.ts';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { type Tab, Tabs } from '../../parts/tabs.tsx';
import { useCommands } from '../commands.ts';
import { isOpen } from '../findings/finding-words.ts';
import { loadPage } from '../load-page.ts';
import { PageFoot } from '../page-foot.tsx';
import { useMedia } from '../use-media.ts';
import { AdviceTab } from './advice-tab.tsx';
import { CoveragePanel } from './coverage-panel.tsx';
import { CyclesPanel } from './cycles-panel.tsx';
import { CyclesTable } from './cycles-table.tsx';
import { FindingsList } from './findings-list.tsx';
import { phone } from './index-columns.tsx';
import { Prerequisites } from './prerequisites.tsx';
import { QueriesTable } from './queries-table.tsx';
import { SafetyPanel } from './safety-panel.tsx';
import styles from './target.module.css';
import { TargetHead } from './target-head.tsx';

/** One target: is it collected, why not, and what costs its database most. */
const tabNames = ['queries', 'findings', 'advice', 'indexes', 'cycles', 'prerequisites'] as const;
/** Few look at them each day. */
const IndexesTab = loadPage(async () => (await import('./indexes-tab.tsx')).IndexesTab);
type TabName = (typeof tabNames)[number];

export function TargetPage(target: TargetName) {
  const found = useQuery(targetQuery(target));
  const retry = () => void found.refetch();
  if (found.data)
    return (
      <Shown
        target={target}
        answer={found.data}
        at={found.dataUpdatedAt}
        error={found.error}
        onRetry={retry}
      />
    );
  if (!found.error) return <Skeleton label="loading the target" />;
  return (
    <Failed
      what={`${target.ns}/${target.name} cannot be shown.`}
      why={asFailure(found.error).message}
      onRetry={retry}
    />
  );
}

function Shown(props: {
  target: TargetName;
  answer: TargetAnswer;
  at: number;
  error: Error | null;
  onRetry(): void;
}) {
  const { target, answer, at, error, onRetry } = props;
  const { prerequisites = [], safety, plans = 0 } = answer.status ?? {};
  const cycles = useQuery(cyclesQuery(target));
  const commands = useCommands();
  const [hash, setHash] = useHashLocation();
  const isPhone = useMedia(`(max-width: ${phone}px)`);
  const chosen = tabNames.find((name) => `/${name}` === hash) ?? 'queries';
  return (
    <div className={styles.page}>
      <TargetHead target={answer} />
      {error && (
        <Failed
          what="These figures are not of now."
          why={asFailure(error).message}
          onRetry={onRetry}
        />
      )}
      {/* On a phone it scrolls, which keys must be able to do as well. */}
      <section
        className={styles.panels}
        aria-label="how it goes"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={isPhone ? 0 : undefined}
      >
        <CoveragePanel {...target} />
        <CyclesPanel
          cycles={cycles.data?.items}
          more={cycles.data?.next !== undefined}
          error={cycles.error}
        />
        {safety && <SafetyPanel safety={safety} />}
      </section>
      <Tabs
        label="about this target"
        tabs={useTabs(target, prerequisites, plans > 0)}
        chosen={chosen}
        onChoose={(name) => setHash(`/${name}`, { replace: true })}
      >
        {chosen === 'queries' && <QueriesTable {...target} />}
        {chosen === 'findings' && <FindingsList {...target} planned={plans > 0} />}
        {chosen === 'advice' && <AdviceTab {...target} />}
        {chosen === 'indexes' && (
          <Suspense fallback={<Skeleton label="loading indexes" />}>
            <IndexesTab {...target} />
          </Suspense>
        )}
        {chosen === 'cycles' && <CyclesTable cycles={cycles.data?.items} error={cycles.error} />}
        {chosen === 'prerequisites' && <Prerequisites all={prerequisites} />}
      </Tabs>
      <PageFoot command={commands.describe(target.ns, target.name)} at={at} />
    </div>
  );
}

function useTabs(
  target: TargetName,
  prerequisites: readonly { verdict: string }[],
  planned: boolean,
): Tab<TabName>[] {
  const findings = useQuery(targetFindingsQuery(target));
  const open = findings.data?.items.filter(isOpen).length;
  const unmet = prerequisites.filter(({ verdict }) => verdict !== 'ok').length;
  return [
    { key: 'queries', title: 'Queries' },
    {
      key: 'findings',
      title: <Counted title="Findings" count={open || (planned ? open : undefined)} />,
    },
    { key: 'advice', title: 'Advice' },
    { key: 'indexes', title: 'Indexes' },
    { key: 'cycles', title: 'Cycles' },
    { key: 'prerequisites', title: <Counted title="Prerequisites" count={unmet || undefined} /> },
  ];
}

const Counted = ({ title, count }: { title: string; count: number | undefined }) => (
  <>
    {title}
    {count !== undefined && (
      <>
        {' '}
        <span className={styles.count}>{count}</span>
      </>
    )}
  </>
);
