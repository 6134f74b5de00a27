import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { allAdviceQuery, type ProposalAnswer } from '../../data/advice.ts';
import { asFailure } from '../../data/failure.ts';
import { Button } from '../../parts/button.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { rowHeights } from '../../styles/tokens.ts';
import { useAddress } from '../address.ts';
import { useCommands } from '../commands.ts';
import { PageFoot } from '../page-foot.tsx';
import { advicePath } from '../paths.ts';
import { usePreferences } from '../preferences.ts';
import { useMedia } from '../use-media.ts';
import styles from './advice.module.css';
import { adviceColumns, phone } from './advice-columns.tsx';
import { adviceSentence, isOfKind, isOpen, kinds } from './advice-words.ts';

/** What is advised for the whole fleet, what saves most first. */
const twoLines_px = 48;

export function AdvicePage() {
  const [, navigate] = useLocation();
  const [{ ns, all, kind }, change] = useAddress(['ns', 'all', 'kind']);
  const { dense } = usePreferences();
  const commands = useCommands();
  const isPhone = useMedia(`(max-width: ${phone}px)`);
  const { data, error, refetch, dataUpdatedAt } = useQuery(allAdviceQuery(ns));
  const open = useMemo(() => data?.items.filter(isOpen) ?? [], [data]);
  const shown = useMemo(
    () => (data?.items ?? []).filter((each) => (all || isInSight(each)) && isOfKind(each, kind)),
    [all, kind, data],
  );
  const itemAt = useCallback(
    (index: number) => {
      const row = shown[index];
      return row ? { kind: 'row' as const, row } : { kind: 'wait' as const };
    },
    [shown],
  );
  const failed = error && (
    <Failed
      what={data ? 'This is not up to date:' : 'Advice cannot be shown.'}
      why={asFailure(error).message}
      onRetry={() => void refetch()}
    />
  );
  if (!data) return failed ?? <Skeleton rows={12} label="loading advice" />;
  const { answer, rest } = adviceSentence(open);
  const [first] = shown;
  return (
    <>
      {failed}
      <section className={styles.head} aria-label="advice in short">
        <h1>
          {answer} <span>{rest}</span>
        </h1>
        <div className={styles.filters}>
          {Object.entries(kinds).map(([name, { title }]) => (
            <Button
              key={name}
              aria-pressed={kind === name}
              onClick={() => change({ kind: kind === name ? undefined : name })}
            >
              {title}
            </Button>
          ))}
          <label>
            <input
              type="checkbox"
              checked={all !== undefined}
              onChange={({ target }) => change({ all: target.checked ? '1' : undefined })}
            />
            decided and expired ones, too
          </label>
          {ns && (
            <Button icon="close" onClick={() => change({ ns: undefined })}>
              namespace {ns}
            </Button>
          )}
          {kind === 'drop' && (
            <Link to={`/findings?rule=${indexRules}`}>what rules find of indexes</Link>
          )}
          <PageFoot command={commands.advise(first && nameParts(first))} at={dataUpdatedAt} />
        </div>
      </section>
      <div className={styles.table}>
        {shown.length === 0 ? (
          <NoAdvice decided={data.items.length} />
        ) : (
          <Table
            label="advice"
            columns={adviceColumns}
            count={shown.length}
            itemAt={itemAt}
            keyOf={keyOf}
            onOpen={({ id }) => navigate(advicePath(id))}
            rowHeight={isPhone ? twoLines_px : dense ? rowHeights.dense : rowHeights.comfort}
          />
        )}
      </div>
    </>
  );
}

/** What each statement’s plan tells of its tables’ indexes, whether advice is made or not. */
const indexRules = 'redundant-index,unused-index,invalid-index,suggested-index';

const keyOf = ({ id }: ProposalAnswer) => id;
const nameParts = ({ target }: ProposalAnswer) => ({
  ns: target.namespace ?? '',
  name: target.name,
});
const over: ReadonlySet<string> = new Set(['Withdrawn', 'Rejected', 'Expired', 'Gone']);
const isInSight = ({ state }: ProposalAnswer): boolean => !over.has(state.phase);

const NoAdvice = ({ decided }: { decided: number }) => (
  <Empty title={decided ? 'Nothing is open' : 'No advice yet'}>
    <p>
      A target whose manifest says <code>advice: {'{ mode: propose }'}</code> is looked at once a
      day: which indexes its whole workload would gain from, which it does not need. Nothing is
      built before a person has approved it.
    </p>
  </Empty>
);
