import { Link } from 'wouter';
import type { RulesAnswer } from '../../data/answers.ts';
import { Chip } from '../../parts/chip.tsx';
import { Prose } from '../../parts/prose.tsx';
import { engineTitles } from '../fleet/state-words.ts';
import styles from './help.module.css';

/** What plans are looked through for, why it matters, and from which figures on. */
export function Rules(props: {
  rules: RulesAnswer['items'];
  typed: string;
  open: string | undefined;
}) {
  const { rules, typed, open } = props;
  const wanted = typed.trim().toLowerCase();
  const shown = rules.filter(({ id, title, why }) =>
    `${id} ${title} ${why}`.toLowerCase().includes(wanted),
  );
  return (
    <section className={styles.list} aria-label="rules">
      {shown.map((rule) => (
        <article key={rule.id} className={rule.id === open ? styles.open : styles.entry}>
          <h2>
            <Link href={`/findings?rule=${encodeURIComponent(rule.id)}`}>{rule.id}</Link>
            <Chip>{rule.category}</Chip>
            <span className={styles.soft}>
              {rule.engines.map((engine) => engineTitles[engine]).join(', ')}
            </span>
          </h2>
          <p>
            <b>{rule.title}</b>. <Prose text={rule.why} />
          </p>
          <p className={styles.soft}>
            <Prose text={rule.fix} />
          </p>
          {rule.thresholds.length > 0 && (
            <details>
              <summary>Limits</summary>
              <dl className={styles.limits}>
                {rule.thresholds.map(({ name, value, unit, why }) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>
                      {value.toLocaleString('en-US')} {unit}. {why}
                    </dd>
                  </div>
                ))}
              </dl>
            </details>
          )}
        </article>
      ))}
      {shown.length === 0 && <p className={styles.soft}>No rule is like that.</p>}
    </section>
  );
}
