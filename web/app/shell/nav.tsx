import { Link, useLocation } from 'wouter';
import { Icon } from '../../parts/icon.tsx';
import styles from './shell.module.css';

export const navEntries = [
  { to: '/', title: 'Fleet', keys: 'g f' },
  { to: '/findings', title: 'Findings', keys: 'g n' },
  { to: '/advice', title: 'Advice', keys: 'g a' },
  { to: '/stops', title: 'Stops', keys: 'g s' },
  { to: '/paste', title: 'Paste', keys: 'g p' },
  { to: '/validate', title: 'Validate', keys: 'g v' },
  { to: '/help', title: 'Help', keys: 'g h' },
] as const;

/** Pages of one target belong to the fleet. */
const isWithin = (location: string, to: string): boolean =>
  to === '/'
    ? location === '/' || location.startsWith('/t/')
    : location === to || location.startsWith(`${to}/`);

export function Nav() {
  const [location] = useLocation();
  return (
    <nav className={styles.nav} aria-label="pages">
      <Link href="/" className={styles.brand} aria-label="dbintel">
        <Icon name="join" size={18} />
        <span>dbintel</span>
      </Link>
      {navEntries.map(({ to, title, keys }) => (
        <Link
          key={to}
          href={to}
          title={`${title} (${keys})`}
          aria-current={isWithin(location, to) ? 'page' : undefined}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
