import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../styles/base.css';
import { Button } from '../../parts/button.tsx';
import { startInlined } from '../../worker/start-inlined.ts';
import { applyPreferences, turnTheme, usePreferences } from '../preferences.ts';
import styles from './file.module.css';
import { PastePage } from './paste-page.tsx';

/** The page as one file: no server, no router, no request. scripts/paste-file.ts builds it. */
function PasteFile() {
  const { theme } = usePreferences();
  return (
    <>
      <header className={styles.head}>
        <b>dbintel</b>
        <span>read a plan</span>
        <Button kind="quiet" icon="theme" onClick={turnTheme}>
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

applyPreferences();
const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <PasteFile />
  </StrictMode>,
);
