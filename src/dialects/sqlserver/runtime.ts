import type { Actual, PlanNode } from '../../model/plan.ts';
import { attribute, child, childrenOf, type Element } from '../xml.ts';

/**
 * What an operator did, counted for each thread by itself. Rows, executions and pages of threads
 * are added; time passes for all of them at once, so that of them the longest counts. An operator
 * that works row by row counts the time of those below it as its own, one that works in batches
 * does not.
 */
export interface Counted {
  rows: number;
  executions: number;
  /** Absent before it was counted (SQL Server 2014). */
  elapsedMs?: number;
  /** Its time has none of what is below. */
  inBatches: boolean;
  rowsRead?: number;
  logicalReads: number;
  physicalReads: number;
}

/** Undefined where the operator has no counters: it was not run, or its work is done elsewhere. */
export function counted(operator: Element): Counted | undefined {
  const information = child(operator, 'RunTimeInformation');
  const threads = information ? childrenOf(information, 'RunTimeCountersPerThread') : [];
  if (threads.length === 0) return undefined;
  const all = (name: string) => threads.map((each) => numberIn(each, name));
  const sum = (name: string) => all(name).reduce<number>((total, each) => total + (each ?? 0), 0);
  const times = all('ActualElapsedms').filter((each) => each !== undefined);
  const read = all('ActualRowsRead').filter((each) => each !== undefined);
  return {
    rows: sum('ActualRows'),
    executions: sum('ActualExecutions'),
    ...(times.length > 0 ? { elapsedMs: Math.max(...times) } : {}),
    inBatches: threads.some((each) => attribute(each, 'ActualExecutionMode') === 'Batch'),
    ...(read.length > 0 ? { rowsRead: sum('ActualRowsRead') } : {}),
    logicalReads: sum('ActualLogicalReads') + sum('ActualLobLogicalReads'),
    physicalReads:
      sum('ActualPhysicalReads') +
      sum('ActualReadAheads') +
      sum('ActualLobPhysicalReads') +
      sum('ActualLobReadAheads'),
  };
}

export function numberIn(element: Element, name: string): number | undefined {
  const text = attribute(element, name);
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Its own, and what is below it: what a node of the common plan says of both. */
export interface Inclusive {
  ms: number;
  logical: number;
  physical: number;
}

/**
 * `repeated`: it is below the inner side of a nested loop, and runs as often as it says. Elsewhere
 * threads that share one run count one each.
 */
export function actualOf(
  own: Counted | undefined,
  below: readonly (Inclusive & { act: Actual | undefined })[],
  repeated: boolean,
): { act: Actual; inclusive: Inclusive } {
  const add = (of: (each: Inclusive) => number) => below.reduce((sum, each) => sum + of(each), 0);
  const inputMs = add(({ ms }) => ms);
  const inclusive = {
    ms: own ? (own.elapsedMs ?? 0) + (own.inBatches ? inputMs : 0) : inputMs,
    logical: (own?.logicalReads ?? 0) + add(({ logical }) => logical),
    physical: (own?.physicalReads ?? 0) + add(({ physical }) => physical),
  };
  // What has no counters passes on what it is given.
  const [first] = below.flatMap(({ act }) => (act ? [act] : []));
  const { rows, executions } = own ?? {
    rows: (first?.rows ?? 0) * (first?.loops ?? 0),
    executions: first?.loops ?? 0,
  };
  const loops = repeated || !own ? executions : Math.min(1, executions);
  const each = loops > 0 ? 1 / loops : 0;
  const dropped = own?.rowsRead === undefined ? 0 : Math.max(0, own.rowsRead - rows);
  return {
    inclusive,
    act: {
      startupMs: 0,
      totalMs: inclusive.ms * each,
      rows: rows * each,
      loops,
      ...(dropped > 0 ? { rowsRemovedByFilter: dropped * each } : {}),
    },
  };
}

/** Of 8 KiB, as everywhere: found in memory, and read. */
export const pagesOf = ({ logical, physical }: Inclusive): NonNullable<PlanNode['io']> => ({
  hit: Math.max(0, logical - physical),
  read: Math.min(logical, physical),
  dirtied: 0,
  written: 0,
  tempRead: 0,
  tempWritten: 0,
});
