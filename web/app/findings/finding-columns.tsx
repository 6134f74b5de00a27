import { Link } from 'wouter';
import { Age } from '../../parts/age.tsx';
import { Chip } from '../../parts/chip.tsx';
import { Mark } from '../../parts/mark.tsx';
import type { Column } from '../../parts/table-head.tsx';
import { targetPath } from '../paths.ts';
import { type FindingAnswer, savesWords, verdictWords } from './finding-words.ts';
import styles from './findings.module.css';

/** Narrower, a finding is told in two lines. */
export const phone = 560;

export const findingColumns: readonly Column<FindingAnswer>[] = [
  {
    key: 'severity',
    title: 'Severity',
    width: '104px',
    from: phone,
    cell: ({ severity }) => <Mark tone={severity} word={severity} />,
  },
  {
    key: 'saves',
    title: 'Saves',
    hint: 'At most, of the database time of its target',
    width: '72px',
    align: 'right',
    from: phone,
    cell: ({ saves }) => <b>{savesWords(saves)}</b>,
  },
  {
    key: 'message',
    title: 'What',
    width: 'minmax(160px, 900px)',
    from: phone,
    cell: (finding) => (
      <span title={finding.message}>
        {finding.verdict && <Chip>{verdictWords[finding.verdict.kind]}</Chip>} {finding.message}
      </span>
    ),
  },
  {
    key: 'both',
    title: 'Finding',
    width: 'minmax(0, 1fr)',
    below: phone,
    cell: (finding) => (
      <span className={styles.two}>
        <span>
          <Mark tone={finding.severity} word={finding.rule} /> · {savesWords(finding.saves)}
        </span>
        <span>{finding.message}</span>
      </span>
    ),
  },
  {
    key: 'rule',
    title: 'Rule',
    width: '168px',
    from: 900,
    cell: ({ rule }) => <span className={styles.soft}>{rule}</span>,
  },
  {
    key: 'target',
    title: 'Target',
    width: 'minmax(120px, 220px)',
    from: 700,
    cell: ({ namespace, name }) => (
      <Link href={targetPath(namespace, name)} className={styles.name} tabIndex={-1}>
        <span>{namespace}/</span>
        {name}
      </Link>
    ),
  },
  {
    key: 'seen',
    title: 'Seen',
    hint: 'When a cycle last saw it',
    width: 'minmax(72px, 1fr)',
    from: 800,
    cell: ({ lastSeen }) => (
      <span className={styles.soft}>
        <Age at={lastSeen} bare />
      </span>
    ),
  },
];
