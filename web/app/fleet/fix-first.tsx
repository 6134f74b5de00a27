import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { firstFindingQuery } from '../../data/queries.ts';
import { Shape } from '../../parts/mark.tsx';
import { savesWords } from '../findings/finding-words.ts';
import { queryPath } from '../paths.ts';
import styles from './fleet.module.css';

/** What would save most, with the way to its statement, plan and remedy. */
export function FixFirst() {
  const [finding] = useQuery(firstFindingQuery).data?.items ?? [];
  if (!finding) return null;
  const { namespace, name, fingerprint, rule, severity, message, saves } = finding;
  return (
    <p className={styles.first}>
      <Shape tone={severity} />
      <span>
        Fix first:{' '}
        <Link to={queryPath(namespace, name, fingerprint)}>
          {rule} at {namespace}/{name}
        </Link>
        , {message}
        {saves !== undefined && saves >= leastSaving && (
          <> (could save up to {savesWords(saves)} of its database time)</>
        )}
        . <Link to="/findings">All findings</Link>
      </span>
    </p>
  );
}
/** Less is not what one begins with. */
const leastSaving = 0.01;
