/**
 * Functions that give another value for each row, so that what is ordered by one comes in no order.
 */
export const randomCalls: ReadonlySet<string> = new Set(
  (
    'random rand random_normal gen_random_uuid uuid uuid_generate_v4 uuidv4 gen_random_bytes ' +
    'random_bytes newid'
  ).split(' '),
);
