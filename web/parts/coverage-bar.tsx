import styles from './coverage-bar.module.css';

/**
 * Shares of the database time, 0..1: has a plan, has a reason why not, and the rest. Each has its
 * own pattern, so that it is read without colour.
 */
export interface CoverageShares {
  explained: number;
  /** Has a plan or a reason. */
  accountedFor: number;
}

const whole = (share: number) => Math.round(share * 100);

export const coverageSentence = ({ explained, accountedFor }: CoverageShares): string =>
  `${whole(explained)}% of database time has a plan, ` +
  `${whole(accountedFor)}% a plan or a reason`;

export function CoverageBar({ explained, accountedFor }: CoverageShares) {
  const coded = Math.max(0, accountedFor - explained);
  return (
    <span
      className={styles.bar}
      role="img"
      aria-label={coverageSentence({ explained, accountedFor })}
      title={coverageSentence({ explained, accountedFor })}
    >
      <span className={styles.explained} style={{ flexGrow: explained }} />
      <span className={styles.coded} style={{ flexGrow: coded }} />
      <span style={{ flexGrow: Math.max(0, 1 - explained - coded) }} />
    </span>
  );
}
