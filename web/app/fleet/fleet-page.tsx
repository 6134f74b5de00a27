import { useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { FleetItem } from '../../data/answers.ts';
import { asFailure } from '../../data/failure.ts';
import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { TableSort } from '../../parts/table-head.tsx';
import type { Item } from '../../parts/table-row.tsx';
import { rowHeights } from '../../styles/tokens.ts';
import { useAddress } from '../address.ts';
import { useCommands } from '../commands.ts';
import { targetPath } from '../paths.ts';
import { usePreferences } from '../preferences.ts';
import { useAskToStop } from '../stop/stop-context.ts';
import { useMedia } from '../use-media.ts';
import { columnsFor, knownOf, phone } from './columns.tsx';
import styles from './fleet.module.css';
import { FleetHead } from './fleet-head.tsx';
import type { Places } from './fleet-items.ts';
import { fleetNames } from './fleet-question.ts';
import { groupTitle, groupTitles } from './group-titles.ts';
import { NoTargets } from './no-targets.tsx';
import { useFleet } from './use-fleet.ts';

/** Is everything well; if not, where. All that one chose is in the address. */
export function FleetPage() {
  const [, navigate] = useLocation();
  const [question, change] = useAddress(fleetNames);
  const askToStop = useAskToStop();
  const [held, setHeld] = useState(false);
  const [selected, setSelected] = useState<Selected>(new Map());
  const { dense } = usePreferences();
  const commands = useCommands();
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
  const keys = useMemo(() => new Set(selected.keys()), [selected]);
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
  const [first] = head.items;
  const command = commands.list(question.ns, first ? `${first.namespace}/${first.name}` : 'TARGET');
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
            <Button kind="quiet" icon="close" onClick={() => setSelected(new Map())}>
              {selected.size} selected
            </Button>
            <Button
              kind="quiet"
              disabled={selected.size > mostStopped}
              title={`At most ${mostStopped} at once; a namespace or everything has no limit`}
              onClick={() => askToStop([...selected.values()])}
            >
              Stop these…
            </Button>
          </>
        )}
        <span className={styles.right}>
          <CliLine command={command} />
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
            selected={keys}
            onSelect={(key) => setSelected((before) => toggled(before, key, rowsOf(places)))}
            onSelectAll={() => setSelected(new Map(rowsOf(places).map(labelled)))}
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
const nothing = Object.fromEntries(fleetNames.map((name) => [name, undefined]));
const filters = ['q', 'state', 'ns', 'engine', 'owner', 'findings'] as const;
const narrowed = (question: Partial<Record<string, string>>): boolean =>
  filters.some((name) => question[name] !== undefined);

/** Who is selected, by uid: whatever is filtered afterwards, it is they whom a stop would cover. */
type Selected = ReadonlyMap<string, string>;
/** As many as one stop takes. */
const mostStopped = 1_000;

const labelled = ({ uid, namespace, name }: FleetItem) => [uid, `${namespace}/${name}`] as const;

function toggled(before: Selected, key: string, rows: readonly FleetItem[]): Selected {
  const after = new Map(before);
  const row = rows.find(({ uid }) => uid === key);
  if (!after.delete(key) && row) after.set(...labelled(row));
  return after;
}

/** Of what is loaded: what nobody has seen is not selected. */
const rowsOf = (places: Places): FleetItem[] =>
  Array.from({ length: places.count }, (_, index) => places.at(index)).flatMap((place) =>
    place.kind === 'row' ? [place.row] : [],
  );
