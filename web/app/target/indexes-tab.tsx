import { useQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useMemo } from 'react';
import { useLocation } from 'wouter';
import { type IndexAnswer, type IndexesAnswer, targetIndexesQuery } from '../../data/advice.ts';
import { asFailure } from '../../data/failure.ts';
import type { TargetName } from '../../data/target-queries.ts';
import { Age } from '../../parts/age.tsx';
import { Button } from '../../parts/button.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { rowHeights } from '../../styles/tokens.ts';
import { useAddress } from '../address.ts';
import { advicePath } from '../paths.ts';
import { usePreferences } from '../preferences.ts';
import { useMedia } from '../use-media.ts';
import { indexColumns, phone } from './index-columns.tsx';
import { indexesSentence, isShown, shows, sortedBy } from './index-words.ts';
import styles from './target.module.css';

/** All indexes of a target: what each costs, who reads it, and which could go. */
export function IndexesTab(target: TargetName) {
  const { data, error, refetch } = useQuery(targetIndexesQuery(target));
  if (!data)
    return error ? (
      <Failed
        what="Indexes cannot be shown."
        why={asFailure(error).message}
        onRetry={() => void refetch()}
      />
    ) : (
      <Skeleton label="loading indexes" />
    );
  return (
    <>
      {error && (
        <Failed
          what="This is not up to date:"
          why={asFailure(error).message}
          onRetry={() => void refetch()}
        />
      )}
      {data.total === 0 ? <NotLooked answer={data} /> : <Indexes answer={data} />}
    </>
  );
}

const names = ['show', 'sort', 'up', 'find'] as const;
const twoLines_px = 48;

function Indexes({ answer }: { answer: IndexesAnswer }) {
  const [, navigate] = useLocation();
  const [{ show, sort = 'size', up, find = '' }, change] = useAddress(names);
  const { dense } = usePreferences();
  const isPhone = useMedia(`(max-width: ${phone}px)`);
  const words = useDeferredValue(find);
  const columns = useMemo(() => indexColumns(answer), [answer]);
  const rows = useMemo(
    () => sortedBy(answer.items.filter(isShown(show, words)), sort, up !== undefined),
    [answer, show, words, sort, up],
  );
  const itemAt = useCallback(
    (index: number) => {
      const row = rows[index];
      return row ? { kind: 'row' as const, row } : { kind: 'wait' as const };
    },
    [rows],
  );
  const sortBy = (key: string) =>
    change({ sort: key, up: key === sort && up === undefined ? '1' : undefined }, 'replace');
  return (
    <>
      <Head answer={answer} />
      <div className={styles.orders}>
        {Object.entries(shows).map(([name, { title }]) => (
          <Button
            key={name}
            kind="quiet"
            aria-pressed={show === name}
            onClick={() => change({ show: show === name ? undefined : name }, 'replace')}
          >
            {title}
          </Button>
        ))}
        <input
          type="search"
          aria-label="find an index or a table"
          placeholder="index or table"
          value={find}
          onChange={({ target }) => change({ find: target.value || undefined }, 'replace')}
        />
      </div>
      {rows.length === 0 ? (
        <Empty title="None like that">
          <Button onClick={() => change({ show: undefined, find: undefined }, 'replace')}>
            show all {answer.total.toLocaleString('en-US')}
          </Button>
        </Empty>
      ) : (
        <div className={styles.table}>
          <Table
            label="indexes"
            columns={columns}
            count={rows.length}
            itemAt={itemAt}
            keyOf={keyOf}
            sort={{ key: sort, direction: up === undefined ? 'descending' : 'ascending' }}
            onSort={sortBy}
            onOpen={({ proposal }) => proposal && navigate(advicePath(proposal.id))}
            rowHeight={isPhone ? twoLines_px : dense ? rowHeights.dense : rowHeights.comfort}
          />
        </div>
      )}
    </>
  );
}

const keyOf = ({ database, name, index: { schema, table } }: IndexAnswer): string =>
  JSON.stringify([database, schema, table, name]);

function Head({ answer }: { answer: IndexesAnswer }) {
  const { items, total, servers, unknownServers } = answer;
  const said = indexesSentence(answer);
  return (
    <div className={styles.why}>
      <p>
        <strong>{said.answer}</strong> {said.rest}
        {total > items.length && ` The largest ${items.length.toLocaleString('en-US')} are shown.`}
      </p>
      <p className={styles.soft}>
        {servers.map(({ name, role, seenAt }, i) => (
          <span key={name}>
            {i > 0 && '; '}
            {name}
            {role && ` (${role})`} {seenAt === undefined ? 'was not looked at' : 'looked at '}
            {seenAt !== undefined && <Age at={seenAt} />}
          </span>
        ))}
        {unknownServers && (
          <>
            . There may be more replicas: <code>spec.advice.replicas</code> names them
          </>
        )}
        .
      </p>
    </div>
  );
}

const NotLooked = ({ answer: { mode } }: { answer: IndexesAnswer }) =>
  mode === undefined || mode === 'disabled' ? (
    <Empty title="Nobody looks at its indexes">
      <p>
        With <code>advice: {'{ mode: propose }'}</code> in the spec of its manifest their sizes and
        scans are read from the catalogs, once a day, and what could go is said.
      </p>
    </Empty>
  ) : (
    <Empty title="No index yet">
      <p>They are looked at with each run of the advisor: once a day, the first after an hour.</p>
    </Empty>
  );
