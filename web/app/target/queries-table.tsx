import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { counted, milliseconds } from '../../../src/render/figures.ts';
import { asFailure } from '../../data/failure.ts';
import type { QueryLine } from '../../data/target-answers.ts';
import {
  cyclesQuery,
  type QueryOrder,
  queriesQuery,
  type TargetName,
} from '../../data/target-queries.ts';
import { Button } from '../../parts/button.tsx';
import { Chip } from '../../parts/chip.tsx';
import { CodeWord } from '../../parts/code-word.tsx';
import { shareWords } from '../../parts/share.ts';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table-head.tsx';
import { useAddress } from '../address.ts';
import { queryPath } from '../paths.ts';
import { leftOut } from './left-out.ts';
import styles from './target.module.css';

/** The statements of the last day: what costs most, varies most, or became slower. */
const orders: Record<QueryOrder, string> = {
  impact: 'most time',
  variance: 'varies most',
  regression: 'became slower',
};
const orderNames = Object.keys(orders) as QueryOrder[];

const columns: readonly Column<QueryLine>[] = [
  {
    key: 'share',
    title: 'time',
    hint: 'Share of the database time of the last day',
    width: '120px',
    cell: ({ timeShare }) => <ShareBar share={timeShare} />,
  },
  {
    key: 'text',
    title: 'statement',
    width: 'minmax(200px, 3fr)',
    cell: ({ text, fingerprint }) => <code title={text}>{begin(text, 400) ?? fingerprint}</code>,
  },
  {
    key: 'mean',
    title: 'mean',
    width: '90px',
    align: 'right',
    from: 560,
    cell: ({ totalMs, calls }) => (calls > 0 ? milliseconds(totalMs / calls) : '–'),
  },
  {
    key: 'calls',
    title: 'calls',
    width: '80px',
    align: 'right',
    from: 720,
    cell: ({ calls }) => counted(calls),
  },
  {
    key: 'plan',
    title: 'plan',
    width: '184px',
    from: 860,
    cell: ({ latestHash, latestCode }) =>
      latestHash ? (
        <code className={styles.hash}>{latestHash.slice(0, 11)}</code>
      ) : latestCode ? (
        <CodeWord code={latestCode} />
      ) : (
        '–'
      ),
  },
  {
    key: 'findings',
    title: 'findings',
    width: 'minmax(110px, 1.5fr)',
    from: 420,
    cell: ({ findings }) => <Rules names={findings} />,
  },
];

/** A text may be as long as a book, of which a browser measures each letter at every scroll. */
const begin = (text: string | undefined, letters: number) =>
  text !== undefined && text.length > letters ? `${text.slice(0, letters).toWellFormed()} …` : text;

const ShareBar = ({ share }: { share: number }) => (
  <span className={styles.share}>
    <span>{shareWords(share)}</span>
    <meter min={0} max={1} value={share} aria-hidden="true" />
  </span>
);

const shownRules = 2;
const Rules = ({ names }: { names: readonly string[] }) => (
  <span className={styles.rules} title={names.join(', ')}>
    {names.slice(0, shownRules).map((name) => (
      <Chip key={name}>{name}</Chip>
    ))}
    {names.length > shownRules && `+${names.length - shownRules}`}
  </span>
);

export function QueriesTable(target: TargetName) {
  const [, navigate] = useLocation();
  const [{ order: asked }, change] = useAddress(['order']);
  const order = orderNames.find((each) => each === asked) ?? 'impact';
  const found = useInfiniteQuery(queriesQuery(target, order, undefined));
  const rows = useMemo(() => (found.data?.pages ?? []).flatMap(({ items }) => items), [found.data]);
  const itemAt = useCallback(
    (index: number) => {
      const row = rows[index];
      return row ? { kind: 'row' as const, row } : { kind: 'wait' as const };
    },
    [rows],
  );
  const open = ({ fingerprint }: QueryLine) =>
    navigate(queryPath(target.ns, target.name, fingerprint));
  return (
    <>
      <fieldset className={styles.orders}>
        <legend className="unseen">order</legend>
        {orderNames.map((name) => (
          <Button
            key={name}
            kind="quiet"
            aria-pressed={name === order}
            onClick={() => change({ order: name === 'impact' ? undefined : name }, 'replace')}
          >
            {orders[name]}
          </Button>
        ))}
      </fieldset>
      {found.error && (
        <Failed
          what="Statements cannot be shown."
          why={asFailure(found.error).message}
          onRetry={() => found.refetch()}
        />
      )}
      {found.data && rows.length === 0 && <NoQueries />}
      {found.isPending && <Skeleton label="loading statements" />}
      {rows.length > 0 && (
        <div className={styles.table}>
          <Table
            label="statements of the last day"
            columns={columns}
            count={rows.length + (found.hasNextPage ? 1 : 0)}
            itemAt={itemAt}
            keyOf={({ fingerprint }) => fingerprint}
            onOpen={open}
            onReach={(last) => {
              if (last >= rows.length && found.hasNextPage && !found.isFetching)
                void found.fetchNextPage();
            }}
          />
        </div>
      )}
      {found.data && <LeftOutList target={target} rows={rows} />}
    </>
  );
}

/** Of a heavy statement without a row it is not said that there is none. */
function LeftOutList({ target, rows }: { target: TargetName; rows: readonly QueryLine[] }) {
  const { data } = useQuery(cyclesQuery(target));
  const items = useMemo(
    () => leftOut(data?.items ?? [], new Set(rows.map(({ nativeId }) => nativeId))),
    [data, rows],
  );
  if (items.length === 0) return null;
  return (
    <section className={styles.leftOut} aria-labelledby="left-out">
      <h2 id="left-out">Took time in a cycle of the last day, and was not looked at then</h2>
      <ul>
        {items.map(({ id, text, share, meanMs, code }) => (
          <li key={id}>
            <span>{shareWords(share)}</span>
            <code title={text || undefined}>{text || id}</code>
            <span>{milliseconds(meanMs)}</span>
            <CodeWord code={code} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const NoQueries = () => (
  <Empty title="No statement yet">
    <p>The first cycle looks, the second compares. A statement must have run some times.</p>
  </Empty>
);
