import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { Link } from 'wouter';
import { asFailure } from '../../data/failure.ts';
import { coveredQuery, findingsQuery } from '../../data/queries.ts';
import { Button } from '../../parts/button.tsx';
import { Shape } from '../../parts/mark.tsx';
import { Band, Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Item } from '../../parts/table-row.tsx';
import { rowHeights } from '../../styles/tokens.ts';
import { useAddress } from '../address.ts';
import { useCommands } from '../commands.ts';
import { useLastGood } from '../last-good.ts';
import { PageFoot } from '../page-foot.tsx';
import { usePreferences } from '../preferences.ts';
import { useMedia } from '../use-media.ts';
import { findingColumns, phone } from './finding-columns.tsx';
import { FindingDetail } from './finding-detail.tsx';
import { type FindingAnswer, findingKey, findingsSentence } from './finding-words.ts';
import styles from './findings.module.css';
import { RuleList } from './rule-list.tsx';

/** What to fix first, over the whole fleet; all that one chose is in the address. */
const names = ['sev', 'rule', 'ns', 'resolved', 'muted', 'at'] as const;
const severities = ['critical', 'warning', 'info'] as const;
const twoLines_px = 48;
/** So many rows before the end of what is loaded the next are asked for. */
const ahead = 50;

export function FindingsPage() {
  const [{ at, ...question }, change] = useAddress(names);
  const commands = useCommands();
  const { dense } = usePreferences();
  const isPhone = useMedia(`(max-width: ${phone}px)`);
  const query = useInfiniteQuery(findingsQuery(question));
  const { data, error, refetch, hasNextPage, isFetching, fetchNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const [head] = data?.pages ?? [];
  const { data: covered = true } = useQuery({ ...coveredQuery, enabled: head?.total === 0 });
  const total = Math.max(head?.total ?? 0, items.length);
  // One that is judged leaves the list, and stays open with what was said of it.
  const last = useLastGood(items.find((each) => findingKey(each) === at));
  const open = last && findingKey(last) === at ? last : undefined;
  const itemAt = useCallback(
    (index: number): Item<FindingAnswer> => {
      const row = items[index];
      return row ? { kind: 'row', row } : { kind: 'wait' };
    },
    [items],
  );
  const reach = useCallback(
    (last: number) => {
      if (hasNextPage && !isFetching && last + ahead > items.length) void fetchNextPage();
    },
    [hasNextPage, isFetching, fetchNextPage, items.length],
  );
  const chosen = useMemo(() => new Set(at === undefined ? [] : [at]), [at]);
  const failure = error ? asFailure(error) : undefined;
  const failed = failure && (
    <Failed
      what={head ? 'This is not up to date:' : 'Findings cannot be shown.'}
      why={failure.message}
      {...(failure.code ? { code: failure.code } : {})}
      onRetry={refetch}
    />
  );
  if (!head) return failed ?? <Skeleton rows={12} label="loading findings" />;
  const [first = items[0]] = open ? [open] : [];
  const { answer, rest } = findingsSentence(items, head.total, head.counts, covered);
  return (
    <>
      {failed}
      {at !== undefined && !open && !query.isPlaceholderData && (
        <Band
          tone="info"
          action={<Button onClick={() => change(everything)}>Show all findings</Button>}
        >
          The finding of this address is not in this list: it may be gone, dismissed, left out by
          what is chosen, or further down.
        </Band>
      )}
      <section className={styles.head} aria-label="findings in short">
        <h1>
          {answer} <span>{rest}</span>
        </h1>
        <div className={styles.filters}>
          {severities.map((each) => (
            <Button
              key={each}
              aria-pressed={question.sev === each}
              onClick={() => change({ sev: question.sev === each ? undefined : each })}
            >
              <Shape tone={each} />
              {each}
            </Button>
          ))}
          <Toggle
            on={question.muted === 'include'}
            word="dismissed and snoozed, too"
            onChange={(on) => change({ muted: on ? 'include' : undefined })}
          />
          <Toggle
            on={question.resolved === 'include'}
            word="gone ones, too"
            onChange={(on) => change({ resolved: on ? 'include' : undefined })}
          />
          {question.ns && (
            <Button icon="close" onClick={() => change({ ns: undefined })}>
              namespace {question.ns}
            </Button>
          )}
          <PageFoot
            command={first && commands.statements(first.namespace, first.name)}
            at={query.dataUpdatedAt}
          />
        </div>
      </section>
      <div className={styles.panes}>
        <RuleList
          counts={head.counts}
          chosen={question.rule}
          onChoose={(rule) => change({ rule })}
        />
        <div className={styles.table}>
          {total === 0 ? (
            <Empty title={covered ? 'None like that' : 'No plan yet'}>
              <p>What rules found in the plans of the fleet is shown here, with what to do.</p>
              {!covered && (
                <p>
                  No target has been collected. <Link to="/">The fleet</Link> says why, or how to
                  begin.
                </p>
              )}
            </Empty>
          ) : (
            <Table
              label="findings"
              columns={findingColumns}
              count={total}
              itemAt={itemAt}
              keyOf={findingKey}
              onOpen={(finding) => change({ at: findingKey(finding) })}
              selected={chosen}
              onReach={reach}
              rowHeight={isPhone ? twoLines_px : dense ? rowHeights.dense : rowHeights.comfort}
            />
          )}
        </div>
        {open && <FindingDetail finding={open} onClose={() => change({ at: undefined })} />}
      </div>
    </>
  );
}

const everything = {
  sev: undefined,
  rule: undefined,
  ns: undefined,
  resolved: 'include',
  muted: 'include',
};

const Toggle = (props: { on: boolean; word: string; onChange(on: boolean): void }) => (
  <label className={styles.toggle}>
    <input
      type="checkbox"
      checked={props.on}
      onChange={(event) => props.onChange(event.target.checked)}
    />
    {props.word}
  </label>
);
