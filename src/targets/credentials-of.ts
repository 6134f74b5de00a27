import type { Providers } from '../credentials/provider.ts';
import { resolveCredentials } from '../credentials/resolve.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from './target-store.ts';

type Named = DatabaseTargetSpec['connection']['credentials'];
/** What stands at each way to name a secret: one more in the spec wants one more provider. */
type Refs = { [Way in keyof Named]-?: NonNullable<Named[Way]> };

/** How a target's credentials are read, where those providers are what there is. */
export const credentialsOf =
  (providers: Providers<Refs>): TargetStore['credentials'] =>
  ({ namespace, name, spec: { connection } }, fresh) => {
    const { credentials, tls } = connection;
    const label = targetLabel({ namespace, name });
    return resolveCredentials(providers, { namespace, label, credentials, tls }, fresh);
  };
