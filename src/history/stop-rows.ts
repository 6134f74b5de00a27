import type { StopRecord, StopReplica, StopScope } from '../model/stop.ts';
import {
  isNumber,
  isRecord,
  isText,
  json,
  known,
  listOf,
  maybe,
  number,
  type Row,
  text,
} from './columns.ts';

/** Stops that are kept: rows of any backend → words. Pure. */
export const toStopRecord = (row: Row): StopRecord => ({
  id: text(row, 'id'),
  scope: json(row, 'scope', isScope),
  reason: text(row, 'reason'),
  since: number(row, 'since'),
  covered: number(row, 'covered'),
  replicas: json(row, 'replicas', listOf(isRecord)).flatMap(toReplica),
  seenAt: number(row, 'seen_at'),
  ...known({
    by: maybe(row, 'asked_by', text),
    liftedAt: maybe(row, 'lifted_at', number),
    liftedBy: maybe(row, 'lifted_by', text),
  }),
});

/** As the other direction has written it. */
const isScope = (value: unknown): value is StopScope => isRecord(value);

function toReplica({ pod, confirmed_at, cancelled, running }: Row): StopReplica[] {
  if (!isText(pod) || !isNumber(cancelled) || !isNumber(running)) return [];
  const confirmed = isNumber(confirmed_at) ? { confirmedAt: confirmed_at } : {};
  return [{ pod, ...confirmed, cancelled, stillRunning: running }];
}
