import type { ReactNode } from 'react';
import styles from './chip.module.css';
import { classes } from './classes.ts';
import type { Tone } from './mark.tsx';

/** A word about something, `generic parameters`; `title` is its explanation. */
export function Chip(props: { tone?: Tone | undefined; title?: string; children: ReactNode }) {
  return (
    <span className={classes(styles.chip, props.tone && styles[props.tone])} title={props.title}>
      {props.children}
    </span>
  );
}
