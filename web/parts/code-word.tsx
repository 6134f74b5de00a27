import { Suspense, use } from 'react';
import styles from './code-word.module.css';
import { Popover } from './popover.tsx';
import { Prose } from './prose.tsx';

/** A code of the table, which says what it means and what to do when it is asked. */
export function CodeWord({ code, word = code }: { code: string; word?: string }) {
  return (
    <Popover word={word}>
      <Suspense fallback={<span className={styles.wait}>…</span>}>
        <Meaning code={code} />
      </Suspense>
    </Popover>
  );
}

/** The table is asked for when the first code is shown: no page begins with it. */
let table: Promise<Readonly<Record<string, Entry>> | undefined> | undefined;
interface Entry {
  meaning: string;
  remedy: string;
}
const codeTable = () => {
  table ??= import('../../src/base/codes.ts').then(
    ({ codes }) => codes,
    () => undefined,
  );
  return table;
};

/** History keeps codes for months: one may be of a version that had others. */
function Meaning({ code }: { code: string }) {
  const codes = use(codeTable());
  const entry = codes?.[code];
  return (
    <div className={styles.meaning}>
      <code>{code}</code>
      {entry ? (
        <>
          <p>
            <Prose text={entry.meaning} />
          </p>
          <p>
            <b>What to do</b> <Prose text={entry.remedy} />
          </p>
        </>
      ) : (
        <p>
          {codes
            ? 'Not a code of this version: the manual of the version that wrote it explains it.'
            : 'What it means could not be loaded. The page has to be loaded anew.'}
        </p>
      )}
    </div>
  );
}
