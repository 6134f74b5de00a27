/**
 * What both of our sessions are set to, whatever the server or its init_connect gives a new one. A
 * transaction that stays open keeps each table that it has seen from every ALTER, and all others
 * wait behind that: without autocommit it would stay open to the cycle's end, and with
 * `completion_type = CHAIN` from the first ROLLBACK on. Texts come and go in the driver's own
 * character set.
 */
export const ownSession = [
  'autocommit = 1',
  'completion_type = NO_CHAIN',
  ...['client', 'connection', 'results'].map((part) => `character_set_${part} = utf8mb4`),
];
