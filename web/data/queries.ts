import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type {
  AllFindingsAnswer,
  CodesAnswer,
  FleetAnswer,
  PastStopsAnswer,
  ReplicasAnswer,
  RulesAnswer,
  SearchAnswer,
  SessionAnswer,
  StopAnswer,
} from './answers.ts';
import { ask, inQuestion } from './client.ts';
import { readPage } from './fleet-pages.ts';

/** What pages ask for, each under its key; what changes by itself says how often it is asked. */
export type Question = Readonly<Record<string, string | undefined>>;

/** A first page is small, so that it is there at once; of the rest, as much as is given. */
const [firstPage, furtherPage] = [200, 1_000];

export const fleetKey = ['fleet'] as const;
export const fleetQuery = (question: Question) =>
  infiniteQueryOptions({
    queryKey: [...fleetKey, question],
    queryFn: async ({ pageParam, signal }) => {
      const limit = pageParam === '' ? firstPage : furtherPage;
      const path = `fleet${inQuestion({ ...question, limit, cursor: pageParam })}`;
      return readPage(await ask<FleetAnswer>(path, { signal }));
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

export const replicasQuery = queryOptions({
  queryKey: ['replicas'],
  queryFn: ({ signal }) => ask<ReplicasAnswer>('replicas', { signal }),
  refetchInterval: 10_000,
});

export const stopsKey = ['stops'] as const;
export const stopsQuery = queryOptions({
  queryKey: stopsKey,
  queryFn: ({ signal }) => ask<{ items: StopAnswer[] }>('stops', { signal }),
  refetchInterval: 30_000,
});

export const pastStopsQuery = infiniteQueryOptions({
  queryKey: [...stopsKey, 'past'],
  queryFn: ({ pageParam, signal }) =>
    ask<PastStopsAnswer>(`past-stops${inQuestion({ cursor: pageParam })}`, { signal }),
  initialPageParam: '',
  getNextPageParam: ({ next }) => next,
  refetchInterval: 10_000,
});

/** Whether a plan of any of them is known. */
export const coveredQuery = queryOptions({
  queryKey: [...fleetKey, 'covered'],
  queryFn: async ({ signal }) =>
    (await ask<FleetAnswer>('fleet?limit=1', { signal })).counts.explained !== null,
});

/** How many targets each namespace has. */
export const namespacesQuery = queryOptions({
  queryKey: [...fleetKey, 'namespaces'],
  queryFn: async ({ signal }) =>
    (await ask<FleetAnswer>('fleet?limit=1', { signal })).counts.namespaces,
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => ask<SessionAnswer>('session', { signal }),
  staleTime: 60_000,
  retry: false,
});

export const findingsKey = ['findings'] as const;
export const findingsQuery = (question: Question) =>
  infiniteQueryOptions({
    queryKey: [...findingsKey, question],
    queryFn: ({ pageParam, signal }) =>
      ask<AllFindingsAnswer>(`findings${inQuestion({ ...question, cursor: pageParam })}`, {
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: 30_000,
  });

/** What would save most. */
export const firstFindingQuery = queryOptions({
  queryKey: [...findingsKey, 'first'],
  queryFn: ({ signal }) => ask<AllFindingsAnswer>('findings?limit=1', { signal }),
  refetchInterval: 30_000,
});

/** Of each kind: what is seen without scrolling. */
const mostHits = 6;
export const searchQuery = (q: string) =>
  queryOptions({
    queryKey: ['search', q],
    queryFn: ({ signal }) =>
      ask<SearchAnswer>(`search${inQuestion({ q, limit: mostHits })}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => ask<RulesAnswer>('rules', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
export const codesQuery = queryOptions({
  queryKey: ['codes'],
  queryFn: ({ signal }) => ask<CodesAnswer>('codes', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
