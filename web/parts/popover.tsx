import { type ReactNode, useId } from 'react';
import styles from './popover.module.css';

/** A word that explains itself when it is asked: by a click, Enter or Space. */
export function Popover({ word, children }: { word: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <span className={styles.anchor}>
      <button type="button" className={styles.word} popoverTarget={id}>
        {word}
      </button>
      <div id={id} popover="auto" className={styles.pop}>
        {children}
      </div>
    </span>
  );
}
