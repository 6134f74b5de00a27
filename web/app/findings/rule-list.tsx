import type { AllFindingsAnswer } from '../../data/answers.ts';
import { Shape } from '../../parts/mark.tsx';
import styles from './findings.module.css';

/** Findings by rule, the most first; each narrows the list. */
export function RuleList(props: {
  counts: AllFindingsAnswer['counts'];
  chosen: string | undefined;
  onChoose(rule: string | undefined): void;
}) {
  const { counts, chosen, onChoose } = props;
  return (
    <nav className={styles.rules} aria-label="rules">
      <button type="button" aria-pressed={!chosen} onClick={() => onChoose(undefined)}>
        <span>all rules</span>
        <b>{sum(counts.map(all))}</b>
      </button>
      {counts.map((each) => (
        <button
          key={each.rule}
          type="button"
          aria-pressed={chosen === each.rule}
          onClick={() => onChoose(chosen === each.rule ? undefined : each.rule)}
        >
          <Shape tone={each.critical ? 'critical' : each.warning ? 'warning' : 'info'} size={10} />
          <span>{each.rule}</span>
          <b>{all(each).toLocaleString('en-US')}</b>
        </button>
      ))}
    </nav>
  );
}

type Count = AllFindingsAnswer['counts'][number];
const all = ({ critical, warning, info }: Count) => critical + warning + info;
const sum = (numbers: readonly number[]) =>
  numbers.reduce((total, each) => total + each, 0).toLocaleString('en-US');
