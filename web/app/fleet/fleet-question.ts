import { pick } from '../address.ts';

/** What of the fleet is wanted, as the address of its page says it. */
export const fleetNames = [
  'q',
  'state',
  'ns',
  'engine',
  'owner',
  'findings',
  'sort',
  'order',
  'group',
] as const;

/** Undefined: the address is that of another page. */
export const fleetQuestionIn = ({ pathname, search }: Location) =>
  pathname === '/ui/' ? pick(new URLSearchParams(search), fleetNames) : undefined;
