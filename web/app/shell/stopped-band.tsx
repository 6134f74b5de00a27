import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { pastStopsQuery, stopsKey, stopsQuery } from '../../data/queries.ts';
import { scopeWords } from '../../data/stop-words.ts';
import { Age } from '../../parts/age.tsx';
import { Band } from '../../parts/states.tsx';
import { useEvents } from '../live-context.tsx';

/** On every page while a stop is in force: what, why, since when. */
export function StoppedBand() {
  const client = useQueryClient();
  const { data } = useQuery(stopsQuery);
  useEvents(({ event, data: told }) => {
    if (event !== 'stops') return;
    client.setQueryData(stopsKey, told);
    void client.invalidateQueries({ queryKey: pastStopsQuery.queryKey });
  });
  const [stop, ...more] = data?.items ?? [];
  if (!stop) return null;
  return (
    <Band tone="stopped" alert action={<Link to="/stops">Who obeys, resume</Link>}>
      <b>Stopped: {scopeWords(stop.scope)}.</b> {stop.reason} · for <Age at={stop.since} bare />
      {more.length > 0 && ` · and ${more.length} more`}
    </Band>
  );
}
