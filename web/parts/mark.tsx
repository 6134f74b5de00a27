import { classes } from './classes.ts';
import styles from './mark.module.css';

/**
 * How something is, three times over: by its shape, its colour and a word, since one in twelve men
 * does not see the second. Red is the emergency stop's alone.
 */
export const tones = [
  'calm',
  'wait',
  'warning',
  'critical',
  'stopped',
  'silent',
  'info',
  'unknown',
] as const;
export type Tone = (typeof tones)[number];

/** On a field of 12 × 12: no two can be taken for one another without colour. */
const shapes: Record<Tone, string> = {
  calm: 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  wait: 'M3 2h2v8H3zM7 2h2v8H7z',
  warning: 'M6 1l5.500 9.500h-11z',
  critical: 'M6 .5 11.500 6 6 11.500.500 6z',
  stopped: 'M2 2h8v8H2z',
  silent: 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  info: 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  unknown: 'M3.500 4.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .6-1 1.400M6 10.300v.400',
};
const hollow: ReadonlySet<Tone> = new Set(['silent', 'unknown', 'info']);

export function Shape({ tone, size = 12 }: { tone: Tone; size?: number }) {
  return (
    <svg
      className={classes(styles.shape, styles[tone], hollow.has(tone) && styles.hollow)}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      <path d={shapes[tone]} />
    </svg>
  );
}

export function Mark({ tone, word, title }: { tone: Tone; word: string; title?: string }) {
  return (
    <span className={classes(styles.mark, styles[tone])} title={title}>
      <Shape tone={tone} />
      {word}
    </span>
  );
}
