import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../parts/button.tsx';
import { Boundary } from '../boundary.tsx';
import { type Key, useKeys } from '../keys.ts';
import { usePageTitle } from '../page-title.ts';
import { turnDense, turnTheme, usePreferences } from '../preferences.ts';
import { Said } from '../said.tsx';
import { StopContext } from '../stop/stop-context.ts';
// Not loaded when it is wanted: a stop must not need a part that an upgrade has taken away.
import { StopDialog } from '../stop/stop-dialog.tsx';
import { KeysHelp } from './keys-help.tsx';
import { LiveDot } from './live-dot.tsx';
import { Nav, navEntries } from './nav.tsx';
import { Search } from './search.tsx';
import { SessionMenu } from './session-menu.tsx';
import styles from './shell.module.css';
import { StoppedBand } from './stopped-band.tsx';
import { useFocus } from './use-focus.ts';

/** What is around every page: where one can go, whether it is live, and whether all is stopped. */
export function Shell({ children }: { children: ReactNode }) {
  const [path, navigate] = useLocation();
  const [help, setHelp] = useState(false);
  const [stopping, setStopping] = useState<readonly string[]>();
  const askToStop = useCallback((targets: readonly string[] = []) => setStopping(targets), []);
  const { keys: wanted } = usePreferences();
  const keys = useMemo(
    () => (wanted ? globalKeys(navigate, () => setHelp(true), askToStop) : []),
    [wanted, navigate, askToStop],
  );
  useKeys(keys);
  const title = usePageTitle();
  useFocus(path);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main" onClick={skip}>
        Skip to the page
      </a>
      <StoppedBand />
      <header className={styles.bar}>
        <Nav />
        <Search />
        <div className={styles.tools}>
          <LiveDot />
          <SessionMenu onKeys={() => setHelp(true)} />
          <Button kind="danger" title="Emergency stop (Shift+S)" onClick={() => askToStop()}>
            <Square />
            Stop…
          </Button>
        </div>
      </header>
      <main id="main" className={styles.main} tabIndex={-1} aria-label={title}>
        <StopContext value={askToStop}>{children}</StopContext>
      </main>
      <Said />
      <KeysHelp open={help} onClose={() => setHelp(false)} />
      {stopping && (
        <Boundary>
          <StopDialog targets={stopping} onClose={() => setStopping(undefined)} />
        </Boundary>
      )}
    </div>
  );
}

const globalKeys = (
  navigate: (to: string) => void,
  showHelp: () => void,
  askToStop: () => void,
): Key[] => [
  { keys: '/', run: focusSearch },
  ...navEntries.map(({ keys, to }) => ({ keys, run: () => navigate(to) })),
  { keys: 'Shift+S', run: () => askToStop() },
  { keys: 'd', run: turnTheme },
  { keys: 'r', run: turnDense },
  { keys: '?', run: showHelp },
];

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('[role=search] input');
  field?.focus();
  field?.select();
}

const Square = () => (
  <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true" fill="currentcolor">
    <path d="M0 0h10v10H0z" />
  </svg>
);

/** What stands behind # in the address is the page's own. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
