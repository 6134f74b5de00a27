import { queryOptions } from '@tanstack/react-query';
import type * as z from 'zod';
import type { CheckLine } from '../../src/http/answers/check.ts';
import type { GrantsAnswer } from '../../src/http/answers/grants.ts';
import type { validation } from '../../src/http/answers/validation.ts';
import { ask, askLines, inQuestion } from './client.ts';

/** What the page that checks manifests asks for. */
export type { CheckLine } from '../../src/http/answers/check.ts';
export type ValidationAnswer = z.infer<typeof validation>;

export const schemaQuery = queryOptions({
  queryKey: ['schema'],
  queryFn: ({ signal }) => ask<object>('schema/databasetarget', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const validationQuery = (text: string) =>
  queryOptions({
    queryKey: ['validate', text],
    queryFn: ({ signal }) =>
      ask<ValidationAnswer>('validate', { method: 'POST', yaml: text, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

export interface GrantsQuestion {
  engine: string;
  via: string;
  database?: string | undefined;
  roles?: string | undefined;
}
export const grantsQuery = (question: GrantsQuestion) =>
  queryOptions({
    queryKey: ['grants', question],
    queryFn: ({ signal }) => ask<GrantsAnswer>(`grants${inQuestion({ ...question })}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** As long as a check may take, and what the way takes. */
const checkPatience_ms = 45_000;
export const check = (text: string, signal: AbortSignal): AsyncIterable<CheckLine> =>
  askLines<CheckLine>('check', { yaml: text, signal, patience_ms: checkPatience_ms });
