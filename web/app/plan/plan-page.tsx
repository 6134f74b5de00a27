import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import type { Plan } from '../../../src/model/plan.ts';
import { metricNames } from '../../../src/render/metric.ts';
import { unpack } from '../../../src/render/pack.ts';
import { asFailure } from '../../data/failure.ts';
import type { PlanSummaryAnswer } from '../../data/target-answers.ts';
import {
  exportPlan,
  planQuery,
  type StatementName,
  statementQuery,
  targetQuery,
} from '../../data/target-queries.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { viewNames } from '../../plan-view/types.ts';
import { useAddress } from '../address.ts';
import { useCommands } from '../commands.ts';
import { PageFoot } from '../page-foot.tsx';
import { type Choices, PlanPicture } from '../paste/plan-picture.tsx';
import { planPath, queryPath, targetPath } from '../paths.ts';
import { usePreferences } from '../preferences.ts';
import { saveFile } from '../save-file.ts';
import { comparePath } from '../statement/compare-path.ts';
import { planLetters } from '../statement/plan-ribbon.ts';
import styles from './plan.module.css';

/** One plan of one statement: where its work goes, and what of it is wrong. */
export interface PlanAddress extends StatementName {
  hash: string;
}

const exportFormats = ['svg', 'png', 'pdf', 'html'] as const;

export function PlanPage(address: PlanAddress) {
  const target = useQuery(targetQuery(address));
  const uid = target.data?.uid;
  const stored = useQuery({
    ...planQuery({ uid: uid ?? '', fp: address.fp, hash: address.hash }),
    enabled: uid !== undefined,
  });
  const unpacked = useUnpacked(stored.data?.packed);
  const error = target.error ?? stored.error ?? unpacked.error;
  if (unpacked.data) return <Shown address={address} plan={unpacked.data} />;
  return error ? (
    <Failed what="This plan cannot be shown." why={asFailure(error).message} />
  ) : (
    <Skeleton label="loading the plan" />
  );
}

/** Unpacking takes a moment; a plan never changes. */
export const useUnpacked = (packed: string | undefined) =>
  useQuery({
    queryKey: ['unpacked', packed],
    queryFn: () => unpack(packed ?? ''),
    enabled: packed !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

function Shown({ address, plan }: { address: PlanAddress; plan: Plan }) {
  const { ns: namespace, name, fp: fingerprint, hash } = address;
  const detail = useQuery(statementQuery(address));
  const { theme } = usePreferences();
  const [choices, choose] = useChoices();
  const all = detail.data?.findings;
  const shown = useMemo(
    () => ({ plan, theme, findings: all?.filter((each) => each.hash === hash) }),
    [plan, theme, all, hash],
  );
  const plans = detail.data?.plans ?? [];
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <nav aria-label="where this is">
          <Link to={targetPath(namespace, name)}>
            {namespace}/{name}
          </Link>
          {' ▸ '}
          <Link to={queryPath(namespace, name, fingerprint)}>{fingerprint.slice(0, 12)}</Link>
          {' ▸ '}
          <span>Plan {planLetters(plans).get(hash) ?? ''}</span> <code>{hash.slice(0, 16)}</code>
        </nav>
        <Others address={address} plans={plans} />
        <ExportMenu address={address} choices={choices} />
      </header>
      {detail.error && !detail.data && (
        <Failed
          what="What was found in it cannot be shown."
          why={asFailure(detail.error).message}
          onRetry={() => void detail.refetch()}
        />
      )}
      <PlanPicture shown={shown} choices={choices} onChoose={choose} />
      <PageFoot command={useCommands().statements(namespace, name)} at={detail.dataUpdatedAt} />
    </div>
  );
}

/** Its other plans: to look at, or to compare this one with. */
function Others({ address, plans }: { address: PlanAddress; plans: readonly PlanSummaryAnswer[] }) {
  const [, navigate] = useLocation();
  const { ns: namespace, name, fp: fingerprint, hash } = address;
  const letters = planLetters(plans);
  const others = plans.filter((each) => each.hash !== hash);
  if (others.length === 0) return null;
  const order = (other: PlanSummaryAnswer) => {
    const first = (each: string) => plans.find((plan) => plan.hash === each)?.firstSeen ?? 0;
    return other.firstSeen <= first(hash)
      ? { before: other.hash, after: hash }
      : { before: hash, after: other.hash };
  };
  return (
    <>
      <Menu
        label="Compare with"
        items={others.map((each) => ({
          key: each.hash,
          title: `Plan ${letters.get(each.hash)}`,
          onChoose: () => navigate(comparePath(each.target, fingerprint, order(each))),
        }))}
      />
      <Menu
        label="Other plans"
        items={others.map((each) => ({
          key: each.hash,
          title: `Plan ${letters.get(each.hash)}`,
          onChoose: () => navigate(planPath(namespace, name, fingerprint, each.hash)),
        }))}
      />
    </>
  );
}

/** The picture as a file, of the metric that is looked at. */
function ExportMenu({ address, choices: { metric } }: { address: PlanAddress; choices: Choices }) {
  const file = useMutation({
    mutationFn: (format: string) => exportPlan(address, { format, metric, download: '1' }),
    onSuccess: (made) => saveFile(made.name, made),
  });
  return (
    <>
      <Menu
        label={file.isPending ? 'Drawing …' : 'Export'}
        items={exportFormats.map((format) => ({
          key: format,
          title: format.toUpperCase(),
          disabled: file.isPending,
          onChoose: () => file.mutate(format),
        }))}
      />
      <Dialog title="No file" open={file.isError} onClose={file.reset}>
        <Failed what="It was not drawn." why={asFailure(file.error).message} />
      </Dialog>
    </>
  );
}

/** What is chosen in the picture, in the address: `?m=time&node=17&view=table`. */
export function useChoices(): [Choices, (choices: Choices) => void] {
  const [{ m, node, view }, change] = useAddress(['m', 'node', 'view']);
  const choices = useMemo(
    () => ({
      metric: metricNames.find((each) => each === m),
      view: viewNames.find((each) => each === view),
      node: node !== undefined && /^\d{1,6}$/.test(node) ? Number(node) : undefined,
    }),
    [m, node, view],
  );
  return [
    choices,
    (wanted) =>
      change(
        {
          m: wanted.metric,
          view: wanted.view === 'tree' ? undefined : wanted.view,
          node: wanted.node === undefined ? undefined : String(wanted.node),
        },
        'replace',
      ),
  ];
}
