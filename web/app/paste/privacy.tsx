import { Popover } from '../../parts/popover.tsx';
import styles from './paste-page.module.css';

/** Whom the page's policy lets it ask: nobody (one file), or the server that it came from. */
export type Asks = 'nobody' | 'its-server';

/** What becomes of what is pasted, and how one can see that it is true. */
export function Privacy({ asks }: { asks: Asks }) {
  return (
    <div className={styles.privacy}>
      {asks === 'nobody' ? (
        <>
          <b>Nothing leaves this page:</b>{' '}
          <Popover word="it is allowed to ask nobody">
            <p>
              Its policy (<code>Content-Security-Policy: default-src 'none'</code>, in the first
              lines of the file) lets it send nothing and load nothing; your browser enforces it.
              Reading and rules run in the page itself. Pull the cable: it works as before.
            </p>
          </Popover>
          .
        </>
      ) : (
        <>
          <b>Plans stay in this browser:</b>{' '}
          <Popover word="nothing of them is sent">
            <p>
              Reading and rules run in the page. Its policy lets it ask the server that it came from
              and nobody else, and this page asks it for nothing. As one file (
              <code>dist/web/paste.html</code>) it may not even do that.
            </p>
          </Popover>
          .
        </>
      )}{' '}
      Literals in conditions become <code>?</code> before anything is shown or kept.
    </div>
  );
}
