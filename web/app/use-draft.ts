import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { draftKey } from '../data/drafts.ts';
import { sessionQuery } from '../data/queries.ts';

/**
 * What somebody has written is there when they come back to a page, or sign in again after their
 * session has ended; in the memory of this tab alone, and for nobody else.
 */
export function useDraft<T>(what: string): [written: T | undefined, keep: (draft: T) => void] {
  const client = useQueryClient();
  const user = useQuery(sessionQuery).data?.user ?? '';
  const keep = useCallback(
    (draft: T) => {
      const key = draftKey(what, user);
      client.setQueryDefaults(key, { gcTime: Number.POSITIVE_INFINITY, structuralSharing: false });
      client.setQueryData(key, draft);
    },
    [client, what, user],
  );
  return [client.getQueryData<T>(draftKey(what, user)), keep];
}
