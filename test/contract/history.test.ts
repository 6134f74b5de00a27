import { historyBackendNames } from '../../src/history/backends.ts';
import { adviceContract } from '../support/advice-contract.ts';
import { historyFixtures } from '../support/history-backends.ts';
import { historyContract } from '../support/history-contract.ts';
import { historyMigrations } from '../support/history-migrations.ts';
import { stopContract } from '../support/stop-contract.ts';
import { verdictContract } from '../support/verdict-contract.ts';

/** The backends that need no server; the others: test/integration/postgres-history.test.ts. */
for (const name of historyBackendNames.filter((each) => !historyFixtures[each].real)) {
  historyContract(name);
  verdictContract(name);
  stopContract(name);
  adviceContract(name);
  historyMigrations(name);
}
