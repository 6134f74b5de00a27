import { type ReactNode, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../parts/button.tsx';
import { type Key, useKeys } from '../keys.ts';
import { turnDense, turnTheme, usePreferences } from '../preferences.ts';
import { KeysHelp } from './keys-help.tsx';
import { LiveDot } from './live-dot.tsx';
import { Nav, navEntries } from './nav.tsx';
import { Search } from './search.tsx';
import styles from './shell.module.css';
import { StoppedBand } from './stopped-band.tsx';

/** What is around every page: where one can go, whether it is live, and whether all is stopped. */
export function Shell({ children }: { children: ReactNode }) {
  const [, navigate] = useLocation();
  const [help, setHelp] = useState(false);
  const keys = useMemo(() => globalKeys(navigate, () => setHelp(true)), [navigate]);
  useKeys(keys);
  const { theme } = usePreferences();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <StoppedBand />
      <header className={styles.bar}>
        <Nav />
        <Search />
        <div className={styles.tools}>
          <LiveDot />
          <Button
            kind="quiet"
            icon="theme"
            aria-label={`theme: ${theme}`}
            title={`Theme: ${theme} (d)`}
            onClick={turnTheme}
          />
          <Button
            kind="quiet"
            icon="keys"
            aria-label="keys"
            title="Keys (?)"
            onClick={() => setHelp(true)}
          />
        </div>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <KeysHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

const globalKeys = (navigate: (to: string) => void, showHelp: () => void): Key[] => [
  { keys: '/', run: focusSearch },
  ...navEntries.map(({ keys, to }) => ({ keys, run: () => navigate(to) })),
  { keys: 'd', run: turnTheme },
  { keys: 'r', run: turnDense },
  { keys: '?', run: showHelp },
];

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('[role=search] input');
  field?.focus();
  field?.select();
}
