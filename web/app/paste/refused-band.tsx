import { classes } from '../../parts/classes.ts';
import { Band } from '../../parts/states.tsx';
import styles from './paste-page.module.css';
import type { Refusal } from './refusal.ts';

/** Why a text was not read: where, in its lines, and what to do now. */
export function RefusedBand({ refusal }: { refusal: Refusal }) {
  const { name, message, remedy, code, excerpt } = refusal;
  return (
    <Band tone="critical" alert>
      <p>
        <b>{name}</b> was not read. {message} {code && <code>{code}</code>}
      </p>
      {excerpt.length > 0 && (
        <ol className={styles.excerpt} aria-label="lines around it">
          {excerpt.map(({ line, text, wrong }) => (
            <li key={line} className={classes(wrong && styles.wrong)}>
              <span>{line}</span>
              <code>{text}</code>
            </li>
          ))}
        </ol>
      )}
      <p>{remedy}</p>
    </Band>
  );
}
