/**
 * What each of our sessions is set to, whatever the server or its init_connect gives a new one. A
 * transaction that stays open keeps each table that it has seen from every ALTER, and all others
 * wait behind that: without autocommit it would stay open to the cycle's end, and with
 * `completion_type = CHAIN` from the first ROLLBACK on. One that an init_connect has begun ends
 * where autocommit is switched on, which wants it off before. Texts come and go in the driver's own
 * character set.
 */
export const ownSession = [
  'completion_type = NO_CHAIN',
  'autocommit = 0',
  'autocommit = 1',
  ...['client', 'connection', 'results'].map((part) => `character_set_${part} = utf8mb4`),
];
