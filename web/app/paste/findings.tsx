import type { Unasked } from '../../../src/analysis/examine.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { classes } from '../../parts/classes.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Mark } from '../../parts/mark.tsx';
import styles from './findings.module.css';
import { needWords } from './words.ts';

/** What is wrong and what to do, the worst first; choosing one shows its step in the picture. */
export function Findings(props: {
  findings: readonly Finding[];
  selected: number | undefined;
  onSelect(node: number): void;
}) {
  const { findings, selected, onSelect } = props;
  if (findings.length === 0)
    return (
      <p className={styles.none}>
        Nothing is wrong by what the plan alone tells. Where the time goes is said above.
      </p>
    );
  return (
    <ul className={styles.findings} aria-label="findings">
      {findings.map((finding) => {
        const { rule, severity, message, fix, nodes, saves, also = [] } = finding;
        const [node] = nodes;
        const chosen = selected !== undefined && nodes.includes(selected);
        return (
          <li
            key={`${rule} ${nodes.join()}`}
            className={classes(styles.finding, styles[severity], chosen && styles.chosen)}
          >
            <header>
              <Mark tone={severity} word={severity} />
              <b>{rule}</b>
              {saves >= leastSaved && <span>up to {Math.round(saves * 100)} % of its work</span>}
              {node !== undefined && (
                <button type="button" onClick={() => onSelect(node)}>
                  step {node}
                </button>
              )}
            </header>
            <p className={styles.message}>{message}.</p>
            <p className={styles.fix}>
              <b>Do</b> {fix}
              <CopyButton text={fix} label="copy what to do" />
            </p>
            {also.map((each) => (
              <p key={each.rule} className={styles.also}>
                With it: {each.rule}, {each.message}
              </p>
            ))}
          </li>
        );
      })}
    </ul>
  );
}

/** Less is no argument for anything. */
const leastSaved = 0.01;

/** Rules that a plan alone is not enough for: what a connected collector would know. */
export function UnaskedRules({ unasked }: { unasked: readonly Unasked[] }) {
  if (unasked.length === 0) return null;
  return (
    <details className={styles.unasked}>
      <summary>
        More can be said where more is known: tables and their indexes, the server’s counters, the
        statement
      </summary>
      <p>
        Other rules look at these as well; dbintel collects them with each plan where it is
        connected to the server. Of this plan, these were not asked for lack of it:
      </p>
      <ul>
        {unasked.map(({ rule, missing }) => (
          <li key={rule}>
            <code>{rule}</code>{' '}
            {missing.length > 0
              ? missing.map((need) => needWords[need]).join('; ')
              : 'a plan with actual figures'}
          </li>
        ))}
      </ul>
    </details>
  );
}
