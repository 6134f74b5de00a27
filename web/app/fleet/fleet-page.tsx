import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { FleetItem } from '../../data/answers.ts';
import { asFailure } from '../../data/failure.ts';
import { replicasQuery } from '../../data/queries.ts';
import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { TableSort } from '../../parts/table-head.tsx';
import type { Item } from '../../parts/table-row.tsx';
import { rowHeights } from '../../styles/tokens.ts';
import { useAddress } from '../address.ts';
import { targetPath } from '../paths.ts';
import { usePreferences } from '../preferences.ts';
import { useAskToStop } from '../stop/stop-context.ts';
import { useMedia } from '../use-media.ts';
import { columnsFor, knownOf, phone } from './columns.tsx';
import styles from './fleet.module.css';
import { FleetHead } from './fleet-head.tsx';
import type { Places } from './fleet-items.ts';
import { groupTitle, groupTitles } from './group-titles.ts';
import { NoTargets } from './no-targets.tsx';
import { useFleet } from './use-fleet.ts';

/** Is everything well; if not, where. All that one chose is in the address. */
const names = [
  'q',
  'state',
  'ns',
  'engine',
  'owner',
  'findings',
  'sort',
  'order',
  'group',
] as const;

export function FleetPage() {
  const [, navigate] = useLocation();
  const [question, change] = useAddress(names);
  const askToStop = useAskToStop();
  const [held, setHeld] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { dense } = usePreferences();
  const alone = useQuery(replicasQuery).data?.items[0]?.session === 'alone';
  const isPhone = useMedia(`(max-width: ${phone}px)`);
  const fleet = useFleet(question, held);
  const { head, places, error, isPlaceholderData } = fleet;
  const failure = error ? asFailure(error) : undefined;

  const itemAt = useCallback(
    (index: number): Item<FleetItem> => {
      const place = places.at(index);
      return place.kind === 'group'
        ? { kind: 'group', title: groupTitle(question.group, place.group, place.count) }
        : place;
    },
    [places, question.group],
  );
  const known = useMemo(() => knownOf(rowsOf(places)), [places]);
  const columns = useMemo(() => columnsFor(known), [known]);
  const sort = useMemo(() => sortOf(question.sort, question.order), [question]);
  const onSort = useCallback(
    (key: string) =>
      change({
        sort: key === usualSort ? undefined : key,
        order: key === sort.key && question.order === undefined ? 'reverse' : undefined,
      }),
    [change, sort.key, question.order],
  );
  const onOpen = useCallback(
    ({ namespace, name }: FleetItem) => navigate(targetPath(namespace, name)),
    [navigate],
  );

  if (!head)
    return failure ? (
      <Failed what="The fleet cannot be shown." why={failure.message} onRetry={fleet.refetch} />
    ) : (
      <Skeleton rows={12} label="loading the fleet" />
    );
  if (head.counts.targets === 0) return <NoTargets />;
  return (
    <>
      {failure && (
        <Failed
          what="This is not up to date:"
          why={failure.message}
          {...(failure.code ? { code: failure.code } : {})}
          onRetry={fleet.refetch}
        />
      )}
      <FleetHead counts={head.counts} question={question} change={change} />
      <div className={styles.above}>
        <span role="status">
          {places.count === 0 ? 'None' : head.total.toLocaleString('en-US')}
          {head.total < head.counts.targets && ` of ${head.counts.targets.toLocaleString('en-US')}`}
          {' shown'}
        </span>
        {narrowed(question) && (
          <Button kind="quiet" icon="close" onClick={() => change(nothing)}>
            Show all
          </Button>
        )}
        {fleet.moved > 0 && held && (
          <Button kind="quiet" icon="sort" onClick={fleet.order}>
            {fleet.moved} moved, sort now
          </Button>
        )}
        {selected.size > 0 && (
          <>
            <Button kind="quiet" icon="close" onClick={() => setSelected(new Set())}>
              {selected.size} selected
            </Button>
            <Button kind="quiet" onClick={() => askToStop(labelsOf(places, selected))}>
              Stop these…
            </Button>
          </>
        )}
        <span className={styles.right}>
          <CliLine command={commandFor(question.ns, alone, places)} />
          <Menu
            kind="quiet"
            label={`Group: ${question.group ? (groupTitles[question.group] ?? '') : 'none'}`}
            items={[undefined, ...Object.keys(groupTitles)].map((group) => ({
              key: group ?? 'none',
              title: group ? groupTitles[group] : 'none',
              chosen: question.group === group,
              onChoose: () => change({ group }),
            }))}
          />
        </span>
      </div>
      <div className={isPlaceholderData ? styles.asking : styles.table}>
        {places.count === 0 ? (
          <Empty title="No target is like that">
            <Button onClick={() => change(nothing)}>Show all targets</Button>
          </Empty>
        ) : (
          <Table
            label="targets"
            columns={columns}
            count={places.count}
            itemAt={itemAt}
            keyOf={keyOf}
            onOpen={onOpen}
            sort={sort}
            onSort={onSort}
            selected={selected}
            onSelect={(key) => setSelected((before) => toggled(before, key))}
            onSelectAll={() => setSelected(new Set(rowsOf(places).map(keyOf)))}
            onReach={fleet.reach}
            onHeld={setHeld}
            rowHeight={isPhone ? twoLines_px : dense ? rowHeights.dense : rowHeights.comfort}
          />
        )}
      </div>
    </>
  );
}

const twoLines_px = 48;
const usualSort = 'attention';
/** Each order has its own usual direction: of coverage the least first, of findings the most. */
const falls: ReadonlySet<string> = new Set(['since', 'findings', 'busy']);

function sortOf(key: string = usualSort, order?: string): TableSort {
  const rises = falls.has(key) === (order === 'reverse');
  return { key, direction: rises ? 'ascending' : 'descending' };
}

const keyOf = ({ uid }: FleetItem) => uid;
const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
const filters = ['q', 'state', 'ns', 'engine', 'owner', 'findings'] as const;
const narrowed = (question: Partial<Record<string, string>>): boolean =>
  filters.some((name) => question[name] !== undefined);

/** Without a cluster there is no kubectl; one target is described at a time. */
function commandFor(namespace: string | undefined, alone: boolean, places: Places): string {
  if (!alone) return `kubectl get dbt ${namespace ? `-n ${namespace}` : '-A'}`;
  const [first] = rowsOf(places);
  return `dbintel describe ${first ? `${first.namespace}/${first.name}` : 'NAME'}`;
}

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}

/** Of what is loaded: what nobody has seen is not selected. */
const rowsOf = (places: Places): FleetItem[] =>
  Array.from({ length: places.count }, (_, index) => places.at(index)).flatMap((place) =>
    place.kind === 'row' ? [place.row] : [],
  );
const labelsOf = (places: Places, selected: ReadonlySet<string>): string[] =>
  rowsOf(places)
    .filter(({ uid }) => selected.has(uid))
    .map(({ namespace, name }) => `${namespace}/${name}`);
