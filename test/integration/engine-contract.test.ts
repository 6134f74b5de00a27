import { describeEngine } from '../support/engine-contract.ts';
import { kits } from '../support/engine-kits/index.ts';

/** Real servers of every engine, in every version that is supported. */
for (const kit of Object.values(kits)) describeEngine(kit);
