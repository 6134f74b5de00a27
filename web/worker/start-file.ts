import type { StartWorker } from './client.ts';
import address from './reader.ts?worker&url';
import { vouch } from './trusted.ts';

/** The worker as a file beside the page. */
export const startFromFile: StartWorker = () =>
  new Worker(ours.createScriptURL(address), { type: 'module' });

const ours = vouch('dbintel-worker', (each) => each === address);
