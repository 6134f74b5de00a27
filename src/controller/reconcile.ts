/** What must happen so that what runs for one target is what is wanted. Pure. */
export interface Wanted {
  generation: number;
  labels: string;
}

export type Step = 'start' | 'restart' | 'stop' | 'nothing';

/**
 * A changed spec is a restart: the old one ends and saves, and the new one begins with what it
 * knew. Labels decide which stops cover a target.
 */
export function nextStep(wanted: Wanted | undefined, running: Wanted | undefined): Step {
  if (!wanted) return running ? 'stop' : 'nothing';
  if (!running) return 'start';
  return wanted.generation === running.generation && wanted.labels === running.labels
    ? 'nothing'
    : 'restart';
}
