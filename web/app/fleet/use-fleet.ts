import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type FleetPage, patchPages, readChanges } from '../../data/fleet-pages.ts';
import { isBehind } from '../../data/fleet-rev.ts';
import { fleetQuery, type Question } from '../../data/queries.ts';
import { useLastGood } from '../last-good.ts';
import { useEvents, useLive } from '../live-context.tsx';
import { placesOf } from './fleet-items.ts';

/**
 * The fleet as it is asked for, kept up to date by events. Rows change where they stand; they are
 * put in order again, by the server, at most every two seconds and never while somebody is among
 * them: then it is said how many have moved.
 */
const orderedAgainAfter_ms = 2_000;
/** An order by time changes all the time, without a word from the server. */
const oldAfter_ms = 30_000;
/** So many rows before the end of what is loaded the next are asked for. */
const ahead = 200;

type Kept = InfiniteData<FleetPage, string>;

export function useFleet(question: Question, held: boolean) {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    ...fleetQuery(question),
    refetchInterval: held ? false : oldAfter_ms,
  });
  const { refetch, fetchNextPage, hasNextPage, isFetching } = query;
  const live = useLive();
  const data = useLastGood(query.data);
  const [moved, setMoved] = useState<ReadonlySet<number>>(new Set());

  const columns = data?.pages[0]?.columns;
  const change = (of: (before: Kept) => Kept) =>
    client.setQueryData<Kept>(fleetQuery(question).queryKey, (before) => before && of(before));
  useEvents((told) => {
    if (told.event === 'reset') void refetch();
    if (told.event === 'counts') change((before) => withTotals(before, told.data.totals));
    if (told.event !== 'rows' || !columns) return;
    const changes = readChanges(columns, told.data);
    change((before) => {
      const patched = patchPages(before, changes);
      if (patched.moved.length) setMoved((all) => new Set([...all, ...patched.moved]));
      return patched.data;
    });
  });

  const order = useCallback(() => {
    setMoved(new Set());
    void refetch();
  }, [refetch]);
  const due = moved.size > 0 && !held && !isFetching;
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(order, orderedAgainAfter_ms);
    return () => clearTimeout(timer);
  }, [due, order]);

  // The stream began, or told something, after the page was made and before it was there.
  const behind = data?.pages.some(({ rev }) => isBehind(rev, live.heardRev())) ?? false;
  const missed = behind && !isFetching;
  useEffect(() => {
    if (!missed) return;
    const timer = setTimeout(() => void refetch(), orderedAgainAfter_ms);
    return () => clearTimeout(timer);
  }, [missed, refetch]);

  const places = useMemo(() => placesOf(data?.pages ?? []), [data]);
  const loaded = useMemo(
    () => data?.pages.reduce((sum, { items }) => sum + items.length, 0) ?? 0,
    [data],
  );
  const reach = useCallback(
    (last: number) => {
      if (hasNextPage && !isFetching && last + ahead > loaded) void fetchNextPage();
    },
    [hasNextPage, isFetching, fetchNextPage, loaded],
  );
  return { ...query, head: data?.pages[0], places, moved: moved.size, order, reach };
}

/** They are told of the whole fleet, and stand on the first page. */
function withTotals(before: Kept, totals: Partial<FleetPage['counts']>): Kept {
  const [first, ...rest] = before.pages;
  if (!first) return before;
  const counts = { ...first.counts, ...totals };
  return { ...before, pages: [{ ...first, counts }, ...rest] };
}
