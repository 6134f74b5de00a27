import type { StartWorker } from './client.ts';
import InlinedWorker from './reader.ts?worker&inline';
import { vouch } from './trusted.ts';

/**
 * The worker inside of the page, for one that is a single file: its code is in the bundle, its
 * address a `blob:` (policy: `worker-src blob:`). What starts it is made by the build, with an
 * address that only the page's default policy can vouch for.
 */
export const startInlined: StartWorker = () => new InlinedWorker();

vouch('default', (address) => address.startsWith('blob:'));
