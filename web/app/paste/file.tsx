import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../../styles/base.css';
import { Button } from '../../parts/button.tsx';
import { startInlined } from '../../worker/start-inlined.ts';
import styles from './file.module.css';
import { PastePage } from './paste-page.tsx';

/** The page as one file: no server, no router, no request. scripts/paste-file.ts builds it. */
const themes = ['system', 'light', 'dark'] as const;

function PasteFile() {
  const [theme, setTheme] = useState<(typeof themes)[number]>('system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return (
    <>
      <header className={styles.head}>
        <b>dbintel</b>
        <span>read a plan</span>
        <Button
          kind="quiet"
          icon="theme"
          onClick={() => setTheme((now) => themes[(themes.indexOf(now) + 1) % 3] ?? 'system')}
        >
          {theme === 'system' ? 'as the system' : theme}
          <span className="unseen">: theme; another one</span>
        </Button>
      </header>
      <main>
        <PastePage start={startInlined} asks="nobody" theme={theme} />
      </main>
    </>
  );
}

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <PasteFile />
  </StrictMode>,
);
