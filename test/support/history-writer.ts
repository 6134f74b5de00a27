import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { explained, makeBatch } from './batch.ts';

/** A process that writes batches until it is killed, and says each one that is done. */
const history = openSqliteHistory(process.argv[2] as string);
for (let number = 1; ; number += 1) {
  await history.record(
    makeBatch({
      at: number,
      number,
      queries: Array.from({ length: 20 }, (_, i) =>
        explained(`f${number}-${i}`, { table: `t${i}` }),
      ),
    }),
  );
  process.stdout.write(`${number}\n`);
}
