import { Link } from 'wouter';
import type { ProposalAnswer } from '../../data/advice.ts';
import { Age } from '../../parts/age.tsx';
import { Mark } from '../../parts/mark.tsx';
import { shareWords } from '../../parts/share.ts';
import type { Column } from '../../parts/table-head.tsx';
import { targetPath } from '../paths.ts';
import styles from './advice.module.css';
import {
  bytes,
  changeWords,
  databaseWords,
  dropWords,
  nameOf,
  perDay,
  phaseLooks,
} from './advice-words.ts';

/** Narrower, a proposal is told in two lines. */
export const phone = 560;

export const adviceColumns: readonly Column<ProposalAnswer>[] = [
  {
    key: 'saves',
    title: 'Saves',
    hint: 'Of the database time of its target, if time follows cost',
    width: '72px',
    align: 'right',
    from: phone,
    cell: ({ evidence }) =>
      evidence.benefitShare > 0 ? <b>{shareWords(evidence.benefitShare)}</b> : '–',
  },
  {
    key: 'perDay',
    title: 'A day',
    hint: 'Database time, if it follows cost',
    width: '110px',
    align: 'right',
    from: 900,
    cell: ({ evidence }) => (evidence.benefitMsPerDay > 0 ? perDay(evidence.benefitMsPerDay) : '–'),
  },
  {
    key: 'change',
    title: 'Change',
    width: 'minmax(180px, 900px)',
    from: phone,
    cell: (proposal) => (
      <span title={proposal.reason}>
        <code>{changeWords(proposal)}</code>{' '}
        <span className={styles.soft}>
          {databaseWords(proposal)} {dropWords(proposal)}
        </span>
      </span>
    ),
  },
  {
    key: 'both',
    title: 'Proposal',
    width: 'minmax(0, 1fr)',
    below: phone,
    cell: (proposal) => (
      <span className={styles.two}>
        <code>{changeWords(proposal)}</code>
        <span>
          {proposal.evidence.benefitShare > 0
            ? `saves ${shareWords(proposal.evidence.benefitShare)}`
            : dropWords(proposal)}{' '}
          · {nameOf(proposal)} {databaseWords(proposal)}
        </span>
      </span>
    ),
  },
  {
    key: 'size',
    title: 'Size',
    hint: 'Estimated; below zero where it is freed',
    width: '84px',
    align: 'right',
    from: 720,
    cell: ({ evidence }) => bytes(evidence.sizeBytes),
  },
  {
    key: 'confidence',
    title: 'Confidence',
    width: '96px',
    from: 800,
    cell: ({ evidence }) => <span title={evidence.because.join('; ')}>{evidence.confidence}</span>,
  },
  {
    key: 'target',
    title: 'Target',
    width: 'minmax(110px, 200px)',
    from: 640,
    cell: ({ target }) => (
      <Link
        href={targetPath(target.namespace ?? '', target.name)}
        className={styles.name}
        tabIndex={-1}
      >
        <span>{target.namespace}/</span>
        {target.name}
      </Link>
    ),
  },
  {
    key: 'phase',
    title: 'State',
    width: '132px',
    from: phone,
    cell: ({ state }) => <Mark {...phaseLooks[state.phase]} />,
  },
  {
    key: 'made',
    title: 'Made',
    width: 'minmax(64px, 1fr)',
    from: 1_000,
    cell: ({ madeAt }) => (
      <span className={styles.soft}>
        <Age at={madeAt} bare />
      </span>
    ),
  },
];
