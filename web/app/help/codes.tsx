import type { CodesAnswer } from '../../data/answers.ts';
import { Chip } from '../../parts/chip.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Prose } from '../../parts/prose.tsx';
import { looksOf } from '../fleet/state-words.ts';
import styles from './help.module.css';

/** What each state of a target and each code means, and what to do about it. */
const actions: Readonly<Record<string, string>> = {
  retry: 'tried again by itself',
  wait: 'goes by itself',
  stop: 'somebody asked for it',
  human: 'somebody has to act',
};

export function Codes(props: CodesAnswer & { typed: string; open: string | undefined }) {
  const { items, states, typed, open } = props;
  const wanted = typed.trim().toLowerCase();
  const shown = items.filter(({ code, meaning }) =>
    `${code} ${meaning}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      {!wanted && (
        <section className={styles.list} aria-label="states of targets">
          {states.map(({ state, meaning }) => (
            <article key={state} className={styles.entry}>
              <Mark {...looksOf(state)} />
              <p>{meaning}</p>
            </article>
          ))}
        </section>
      )}
      <section className={styles.list} aria-label="codes">
        {shown.map(({ code, action, meaning, remedy }) => (
          <article key={code} id={code} className={code === open ? styles.open : styles.entry}>
            <h2>
              <code>{code}</code>
              <Chip tone={action === 'human' ? 'warning' : undefined}>{actions[action]}</Chip>
            </h2>
            <p>
              <Prose text={meaning} />
            </p>
            <p className={styles.soft}>
              <Prose text={remedy} />
            </p>
          </article>
        ))}
        {shown.length === 0 && <p className={styles.soft}>No code is like that.</p>}
      </section>
    </>
  );
}
