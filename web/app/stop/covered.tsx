import type { StopPreview } from '../../data/answers.ts';
import styles from './stop.module.css';
import { coveredWords } from './stop-words.ts';

/** What a stop would cover, by name, before anybody asks for it. */
export function Covered(props: { preview: StopPreview | undefined; open: boolean }) {
  const { preview, open } = props;
  if (!preview) return <p className={styles.does}>Looking what it would cover …</p>;
  // A replica of another version, in the middle of an upgrade, tells no names.
  const { targets, names = [] } = preview;
  if (targets === 0) return <p className={styles.does}>There is no target like that.</p>;
  return (
    <details className={styles.covered} open={open}>
      <summary>{coveredWords(preview)}</summary>
      <ul>
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
        {targets > names.length && (
          <li>and {(targets - names.length).toLocaleString('en-US')} more</li>
        )}
      </ul>
    </details>
  );
}
