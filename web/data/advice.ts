import { queryOptions } from '@tanstack/react-query';
import type * as z from 'zod';
import type {
  AdviceAnswer,
  ProposalShownAnswer,
  ProposedPlanAnswer,
  proposals,
} from '../../src/http/answers/advice.ts';
import type { IndexesAnswer } from '../../src/http/answers/indexes.ts';
import { ask, inPath, inQuestion } from './client.ts';
import type { TargetName } from './target-queries.ts';

/** What is advised: of all that one may see, of one target, and the plans of a proposal. */
export type { AdviceAnswer, ProposedPlanAnswer } from '../../src/http/answers/advice.ts';
export type { IndexesAnswer } from '../../src/http/answers/indexes.ts';
export type IndexAnswer = IndexesAnswer['items'][number];
export type { ProposalShownAnswer } from '../../src/http/answers/advice.ts';
export type ProposalAnswer = AdviceAnswer['items'][number];
export type RunAnswer = NonNullable<AdviceAnswer['run']>;

/** A run takes place once a day; what became of a proposal changes sooner. */
const sometimes_ms = 30_000;
/** More are not looked through by anybody. */
const mostProposals = 500;

export const adviceKey = ['advice'] as const;
export const allAdviceQuery = (ns: string | undefined) =>
  queryOptions({
    queryKey: [...adviceKey, 'all', ns],
    queryFn: ({ signal }) =>
      ask<z.infer<typeof proposals>>(`advice${inQuestion({ ns, limit: mostProposals })}`, {
        signal,
      }),
    refetchInterval: sometimes_ms,
  });

export const targetAdviceQuery = ({ ns, name }: TargetName) =>
  queryOptions({
    queryKey: [...adviceKey, 'target', ns, name],
    queryFn: ({ signal }) =>
      ask<AdviceAnswer>(`targets/${inPath(ns, name)}/advice?limit=${mostProposals}`, { signal }),
    refetchInterval: sometimes_ms,
  });

/** More rows are not looked through; the largest come first. */
const mostIndexes = 2_000;
export const targetIndexesQuery = ({ ns, name }: TargetName) =>
  queryOptions({
    queryKey: [...adviceKey, 'indexes', ns, name],
    queryFn: ({ signal }) =>
      ask<IndexesAnswer>(`targets/${inPath(ns, name)}/indexes?limit=${mostIndexes}`, { signal }),
    refetchInterval: sometimes_ms,
  });

export const proposalQuery = (id: string) =>
  queryOptions({
    queryKey: [...adviceKey, 'one', id],
    queryFn: ({ signal }) => ask<ProposalShownAnswer>(`advice/${inPath(id)}`, { signal }),
    refetchInterval: ({ state: { data } }) =>
      data && underWay.has(data.state.phase) ? soon_ms : open_ms,
  });

/** Somebody works on it, or is about to. */
const underWay: ReadonlySet<ProposalAnswer['state']['phase']> = new Set([
  'Approved',
  'Applying',
  'Cleaning',
  'RollingBack',
]);
const soon_ms = 2_000;
/** Who has it open waits for somebody’s word. */
const open_ms = 10_000;

export interface Decision {
  id: string;
  contentHash: string;
  decision: 'Approve' | 'Reject';
}
/** Answers the proposal as it is then. */
export const decide = ({ id, ...body }: Decision): Promise<ProposalShownAnswer> =>
  ask<ProposalShownAnswer>(`advice/${inPath(id)}/approval`, { method: 'POST', body });

export const proposedPlanQuery = (id: string, fingerprint: string) =>
  queryOptions({
    queryKey: [...adviceKey, 'plan', id, fingerprint],
    queryFn: ({ signal }) =>
      ask<ProposedPlanAnswer>(`advice/${inPath(id)}/plans/${inPath(fingerprint)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
