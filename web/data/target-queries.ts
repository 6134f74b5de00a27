import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, askFile, inPath, inQuestion } from './client.ts';
import type {
  CoverageAnswer,
  CycleAnswer,
  DiffAnswer,
  FindingAnswer,
  PackedPlanAnswer,
  QueriesAnswer,
  QueryDetailAnswer,
  SeriesAnswer,
  TargetAnswer,
} from './target-answers.ts';

/** What the pages of one target, and of one of its statements, ask for. */
export interface TargetName {
  ns: string;
  name: string;
}

/** A cycle takes seconds and comes once a minute or so: what it changed is seen soon enough. */
const [often_ms, sometimes_ms] = [10_000, 60_000];

export const targetKey = ({ ns, name }: TargetName) => ['target', ns, name] as const;
const pathOf = ({ ns, name }: TargetName) => `targets/${inPath(ns, name)}`;

export const targetQuery = (target: TargetName) =>
  queryOptions({
    queryKey: targetKey(target),
    queryFn: ({ signal }) => ask<TargetAnswer>(pathOf(target), { signal }),
    refetchInterval: often_ms,
  });

/** Of a day, newest first. */
const mostCycles = 1_000;
export const cyclesQuery = (target: TargetName) =>
  queryOptions({
    queryKey: [...targetKey(target), 'cycles'],
    queryFn: ({ signal }) =>
      ask<{ items: CycleAnswer[]; next?: string }>(`${pathOf(target)}/cycles?limit=${mostCycles}`, {
        signal,
      }),
    refetchInterval: sometimes_ms,
  });

export const coverageQuery = (target: TargetName) =>
  queryOptions({
    queryKey: [...targetKey(target), 'coverage'],
    queryFn: ({ signal }) => ask<CoverageAnswer>(`${pathOf(target)}/coverage`, { signal }),
    refetchInterval: sometimes_ms,
  });

export type QueryOrder = 'impact' | 'variance' | 'regression';
export const queriesQuery = (target: TargetName, order: QueryOrder, from: number | undefined) =>
  infiniteQueryOptions({
    queryKey: [...targetKey(target), 'queries', order, from],
    queryFn: ({ pageParam, signal }) =>
      ask<QueriesAnswer>(
        `${pathOf(target)}/queries${inQuestion({ order, from, cursor: pageParam })}`,
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    refetchInterval: sometimes_ms,
  });

/** More are on the page of all findings. */
const mostFindings = 1_000;
export const targetFindingsQuery = (target: TargetName) =>
  queryOptions({
    queryKey: [...targetKey(target), 'findings'],
    queryFn: ({ signal }) =>
      ask<{ items: FindingAnswer[] }>(
        `${pathOf(target)}/findings?muted=include&limit=${mostFindings}`,
        { signal },
      ),
    refetchInterval: sometimes_ms,
  });

export interface StatementName extends TargetName {
  fp: string;
}
const statementPath = (statement: StatementName) =>
  `${pathOf(statement)}/queries/${inPath(statement.fp)}`;

export const statementQuery = (statement: StatementName) =>
  queryOptions({
    queryKey: [...targetKey(statement), 'statement', statement.fp],
    queryFn: ({ signal }) => ask<QueryDetailAnswer>(statementPath(statement), { signal }),
    refetchInterval: sometimes_ms,
  });

export const seriesQuery = (statement: StatementName, from: number, step: string) =>
  queryOptions({
    queryKey: [...targetKey(statement), 'series', statement.fp, from, step],
    queryFn: ({ signal }) =>
      ask<SeriesAnswer>(`${statementPath(statement)}/series${inQuestion({ from, step })}`, {
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: sometimes_ms,
  });

export interface PlanName {
  uid: string;
  fp: string;
  hash: string;
}
export const planQuery = ({ uid, fp, hash }: PlanName) =>
  queryOptions({
    queryKey: ['plan', uid, fp, hash],
    queryFn: ({ signal }) => ask<PackedPlanAnswer>(`plans/${inPath(uid, fp, hash)}`, { signal }),
    // A plan never changes: its hash is its name.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Longer than a picture may take. */
const picturePatience_ms = 30_000;
export const exportPlan = (
  { ns, name, fp, hash }: StatementName & { hash: string },
  question: Readonly<Record<string, string | undefined>>,
): Promise<File> =>
  askFile(`${pathOf({ ns, name })}/plans/${inPath(fp, hash)}/export${inQuestion(question)}`, {
    patience_ms: picturePatience_ms,
  });

const planId = ({ uid, fp, hash }: PlanName) => `${uid}/${fp}/${hash}`;
export const diffQuery = (a: PlanName, b: PlanName) =>
  queryOptions({
    queryKey: ['diff', planId(a), planId(b)],
    queryFn: ({ signal }) =>
      ask<DiffAnswer>(`diff${inQuestion({ a: planId(a), b: planId(b) })}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
