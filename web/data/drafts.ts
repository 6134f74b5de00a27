import type { Query } from '@tanstack/react-query';

/** What somebody is writing, by whose it is: it outlives a session that ends by its time. */
export const draftKey = (what: string, user: string) => ['draft', what, user] as const;

export const isNoDraft = ({ queryKey: [first] }: Pick<Query, 'queryKey'>): boolean =>
  first !== draftKey('', '')[0];
